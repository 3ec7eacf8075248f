import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type * as Sdk from "../../src/client/sdk/rtc/index.ts";
import type { ScriptedDevice } from "../fakes/signalling.ts";
import { launchChromium } from "./harness/chromium.ts";
import { FarSide } from "./harness/far-side.ts";
import { confirm, pickUp, ring, takeInvitation } from "./harness/scripted-call.ts";
import { scriptedWorld, type ScriptedWorld } from "./harness/scripted.ts";

// What the SDK promises to an app, in the app's own page. Faults are injected by the server that the test plays.

/** Of the page under test; what happened to the phone and its calls is told there as lines, in order. */
interface World {
  readonly sdk: typeof Sdk;
  phone: Sdk.WebPhone;
  call: Sdk.Call;
  readonly lines: string[];
  /** Every stream that the microphone was opened as. */
  readonly microphones: MediaStream[];
  watch(call: Sdk.Call): void;
}
declare const world: World;

const token = "header.payload.signature";
const grace = { number: "1002", name: "Grace" };

let browser: Browser;
let server: ScriptedWorld;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  server = await scriptedWorld();
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  context = await browser.newContext({ permissions: ["microphone"] });
  page = await context.newPage();
  await page.goto(`${server.url}/blank`);
  await page.waitForFunction(() => "sdk" in globalThis);
  await page.evaluate(() => {
    const lines: string[] = [];
    const microphones: MediaStream[] = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      microphones.push(stream);
      return stream;
    };
    Object.assign(globalThis, {
      world: {
        sdk: (globalThis as unknown as World).sdk,
        lines,
        microphones,
        watch(call: Sdk.Call) {
          world.call = call;
          call.on("state", (state) => lines.push(state));
          call.on("connected", () => lines.push("connected"));
          call.on("dtmf", (digits) => lines.push(`dtmf ${digits}`));
          call.on("ended", ({ state, cause, sip, by }) => lines.push(`ended ${state} ${cause} ${sip} ${by}`));
        },
      },
    });
  });
});
afterEach(async () => {
  await context.close();
});

/** A phone that is ready, and its connection. */
async function connected(): Promise<ScriptedDevice> {
  const ready = page.evaluate(async (token) => {
    world.phone = await world.sdk.connect({ url: location.origin, token });
    world.phone.on("incoming", (call) => world.watch(call));
    world.phone.on("state", ({ state, error }) =>
      world.lines.push(`phone ${state} ${error?.code ?? ""}`.trim()),
    );
  }, token);
  const device = await server.signalling.device();
  device.welcome();
  await ready;
  return device;
}

async function farSide(): Promise<FarSide> {
  const far = await context.newPage();
  await far.goto(`${server.url}/blank`);
  return new FarSide(far);
}

const lines = (): Promise<string[]> => page.evaluate(() => world.lines);
const ended = (): Promise<unknown> => page.waitForFunction(() => world.call.end !== undefined);
const invite = (more: Omit<Sdk.InviteOptions, "to" | "stream"> = {}): Promise<void> =>
  page.evaluate((options) => world.watch(world.phone.invite({ to: "1002", ...options })), more);
/** The code that a promise of the SDK is rejected with, or "resolved". */
const outcome = (verb: "accept" | "refuse" | "cancel" | "hangup"): Promise<string> =>
  page.evaluate(
    (name) =>
      world.call[name]().then(
        () => "resolved",
        (error: Sdk.WebPhoneError) => error.code,
      ),
    verb,
  );
/** Whether every microphone that was opened is closed again. */
const released = (): Promise<boolean> =>
  page.evaluate(() =>
    world.microphones.every((stream) => stream.getTracks().every(({ readyState }) => readyState === "ended")),
  );

/** How `connect` fails. */
const refusal = (url: string, given: string): Promise<string> =>
  page.evaluate(
    ([url, token]) =>
      world.sdk.connect({ url, token }).then(
        () => "connected",
        (error: Sdk.WebPhoneError) => `${error.name} ${error.code}`,
      ),
    [url, given] as const,
  );

describe("connecting", () => {
  test("resolves to a phone that knows who it is", async () => {
    await connected();
    expect(await page.evaluate(() => [world.phone.state, world.phone.user])).toEqual([
      "ready",
      {
        number: "2001",
        displayName: "Ada Lovelace",
        expiresAt: 4_000_000_000_000,
        limits: { content: 8192, response: 8192, channelId: 64 },
      },
    ]);
  });

  test("a token of another kind is refused before it is sent", async () => {
    const known = server.signalling.devices.length;
    expect(await refusal(server.url, "pc_abc")).toBe("WebPhoneError not-a-web-token");
    expect(server.signalling.devices.length).toBe(known);
  });

  test("a token that Patchcord refuses is `unauthorized`, and is not tried again", async () => {
    server.signalling.refused.add("a.bad.one");
    expect(await refusal(server.url, "a.bad.one")).toBe("WebPhoneError unauthorized");
  });

  test("a server that is not there, or no address, is `unreachable`", async () => {
    expect(await refusal("http://127.0.0.1:9", token)).toBe("WebPhoneError unreachable");
    expect(await refusal("pbx.example", token)).toBe("WebPhoneError unreachable");
  });

  test("a server that turns the device away: its own code", async () => {
    const refused = refusal(server.url, token);
    const device = await server.signalling.device();
    device.tell({ type: "error", code: "too-many-devices", detail: "eight are enough" });
    device.close(1013, "too-many-devices");
    expect(await refused).toBe("WebPhoneError too-many-devices");
  });

  test("a dropped connection is made anew; one whose token ended meanwhile is not", async () => {
    const device = await connected();
    device.cut();
    const again = await server.signalling.device();
    again.welcome();
    await expect.poll(lines).toEqual(["phone reconnecting connection-lost", "phone ready"]);
    server.signalling.refused.add(token);
    try {
      again.close(1008, "the token has expired");
      await expect.poll(lines).toContain("phone closed unauthorized");
    } finally {
      server.signalling.refused.delete(token);
    }
  });

  test("a device that sends too much is sent away with the same close code, and comes back", async () => {
    const device = await connected();
    device.close(1008, "too many frames");
    (await server.signalling.device()).welcome();
    await expect.poll(lines).toContain("phone ready");
  });

  test("frames that are none, or of a later version, are passed over", async () => {
    const device = await connected();
    for (const raw of [
      "",
      "{",
      "null",
      '{"type":"hold","id":"x"}',
      '{"type":"state"}',
      '{"type":"ended","id":"x","cause":"A","sip":200,"by":"ours"}',
    ])
      device.tellRaw(raw);
    device.tellRaw(Buffer.from([0, 255]));
    await invite();
    await takeInvitation(device);
    await expect.poll(lines).toEqual(["sent", "received"]);
  });
});

describe("an outgoing call", () => {
  test("goes through its states, connects, and lets go of everything at its end", async () => {
    const device = await connected();
    const far = await farSide();
    await invite({ content: "hello", channelId: "c-1" });
    const frame = await device.next("invite");
    expect(frame).toMatchObject({ to: "1002", media: "audio", content: "hello", channelId: "c-1" });
    device.sent(frame);
    device.tell({ type: "state", id: frame.id ?? "", state: "received" });
    await pickUp(device, far, { id: frame.id ?? "", sdp: frame.sdp, frequency: 700 });
    await expect.poll(lines).toEqual(["sent", "received", "accepted", "connected"]);
    device.tell({ type: "dtmf", id: frame.id ?? "", digits: "12" });
    device.tell({ type: "ended", id: frame.id ?? "", cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    await ended();
    expect((await lines()).slice(4)).toEqual([
      "dtmf 12",
      "accepted",
      "ended accepted NORMAL_CLEARING 200 callee",
    ]);
    expect(await released()).toBe(true);
    expect(await page.evaluate(() => world.phone.calls.length)).toBe(0);
    expect(await outcome("hangup")).toBe("resolved");
  });

  test("states that do not follow from the present one change nothing", async () => {
    const device = await connected();
    await invite();
    const { id = "", ...frame } = await device.next("invite");
    device.tell({ type: "state", id, state: "received" });
    device.tell({ type: "state", id, state: "acceptSent" });
    device.sent({ ...frame, id });
    device.tell({ type: "state", id, state: "sent" });
    device.tell({ type: "state", id, state: "idle" });
    device.tell({ type: "state", id, state: "refused", cause: "USER_BUSY", sip: 486, response: "later" });
    device.tell({ type: "state", id, state: "accepted" });
    device.tell({ type: "ended", id, cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    await ended();
    await expect.poll(lines).toEqual(["sent", "refused", "ended refused USER_BUSY 486 callee"]);
    expect(await page.evaluate(() => world.call.end?.response)).toBe("later");
  });

  test("that Patchcord does not take ends with Patchcord's code", async () => {
    const device = await connected();
    await invite();
    const { ref = "" } = await device.next("invite");
    device.tell({ type: "error", ref, code: "content-too-long", detail: "8 KiB" });
    await ended();
    expect(await page.evaluate(() => [world.call.end?.cause, world.call.end?.error?.code])).toEqual([
      "content-too-long",
      "content-too-long",
    ]);
    expect(await released()).toBe(true);
  });

  test("canceled before the microphone is there is never sent, and the microphone is closed", async () => {
    const device = await connected();
    await page.evaluate(async () => {
      world.watch(world.phone.invite({ to: "1002" }));
      await world.call.cancel();
    });
    expect(await lines()).toEqual(["failed", "ended failed ORIGINATOR_CANCEL 487 caller"]);
    await page.waitForFunction(() => world.microphones.length === 1);
    await expect.poll(released).toBe(true);
    await invite();
    await takeInvitation(device);
    expect(device.frames.map(({ type }) => type)).not.toContain("cancel");
  });

  test("whose cancellation crosses the answer is hung up", async () => {
    const device = await connected();
    await invite();
    const { id } = await takeInvitation(device);
    await expect.poll(lines).toContain("received");
    const canceled = outcome("cancel");
    const { ref = "" } = await device.next("cancel");
    device.tell({ type: "state", id, state: "accepted" });
    device.tell({ type: "error", id, ref, code: "already-accepted", detail: "it was" });
    device.done(await device.next("hangup"));
    device.tell({ type: "ended", id, cause: "NORMAL_CLEARING", sip: 200, by: "caller" });
    expect(await canceled).toBe("resolved");
    expect((await lines()).at(-1)).toBe("ended accepted NORMAL_CLEARING 200 caller");
  });

  test("with an answer that the browser cannot use is given up at Patchcord too", async () => {
    const device = await connected();
    await invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "answer", id, sdp: "v=0 and no more" });
    await ended();
    expect((await lines()).at(-1)).toBe("ended failed media-failed 0 ours");
    // The callee had answered.
    const { ref = "" } = await device.next("cancel");
    device.tell({ type: "error", id, ref, code: "already-accepted", detail: "it was" });
    expect((await device.next("hangup")).id).toBe(id);
    expect(await released()).toBe(true);
  });

  test("speaks with a stream of the app's, which goes on after it", async () => {
    const device = await connected();
    await page.evaluate(() => {
      const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
      world.watch(world.phone.invite({ to: "1002", stream }));
      world.microphones.push(stream);
      world.call.mute();
    });
    const { id } = await takeInvitation(device);
    const track = (): Promise<unknown[]> =>
      page.evaluate(() => {
        const [one] = world.microphones[0]?.getAudioTracks() ?? [];
        return [world.microphones.length, one?.readyState, one?.enabled];
      });
    expect(await track()).toEqual([1, "live", false]);
    device.tell({ type: "state", id, state: "refused", cause: "USER_BUSY", sip: 486 });
    await ended();
    expect(await track()).toEqual([1, "live", true]);
  });
});

describe("an incoming call", () => {
  test("is acknowledged only where somebody listens for calls", async () => {
    const ready = page.evaluate(async (token) => {
      world.phone = await world.sdk.connect({ url: location.origin, token });
    }, token);
    const device = await server.signalling.device();
    device.welcome();
    await ready;
    const invitation = {
      type: "invitation",
      from: grace,
      sdp: "v=0",
      media: "audio",
      number: "02001",
    } as const;
    device.tell({ ...invitation, id: "unheard" });
    await page.evaluate(() => world.phone.on("incoming", (call) => world.watch(call)));
    device.tell({ ...invitation, id: "heard", content: "hi", channelId: "c" });
    expect((await device.next("received")).id).toBe("heard");
    expect(
      await page.evaluate(() => [
        world.call.id,
        world.call.remote,
        world.call.number,
        world.call.content,
        world.call.channelId,
      ]),
    ).toEqual(["heard", grace, "02001", "hi", "c"]);
  });

  test("is accepted with a response, once", async () => {
    const device = await connected();
    const far = await farSide();
    await ring(device, far, { id: "in", frequency: 700, from: grace });
    await page.waitForFunction(() => "call" in world);
    const accepted = page.evaluate(() => world.call.accept({ response: "coming" }));
    expect(await outcome("accept")).toBe("not-allowed");
    await confirm(device, far);
    await accepted;
    expect(device.frames.find(({ type }) => type === "accept")).toMatchObject({
      id: "in",
      response: "coming",
    });
    // Media and signalling come in either order.
    await expect
      .poll(async () => (await lines()).toSorted())
      .toEqual(["acceptSent", "accepted", "connected"]);
  });

  test("that ends while it is being accepted rejects `already-ended`", async () => {
    const device = await connected();
    await ring(device, await farSide(), { id: "in", frequency: 700, from: grace });
    await page.waitForFunction(() => "call" in world);
    const accepted = outcome("accept");
    const { ref = "" } = await device.next("accept");
    device.tell({ type: "state", id: "in", state: "canceled", cause: "LOSE_RACE", sip: 487 });
    device.tell({ type: "error", id: "in", ref, code: "already-ended", detail: "it was" });
    expect(await accepted).toBe("already-ended");
    expect((await lines()).at(-1)).toBe("ended canceled LOSE_RACE 487 caller");
    expect(await released()).toBe(true);
  });

  test("is refused with a reason and a response; keys and cancellation are not for it", async () => {
    const device = await connected();
    await ring(device, await farSide(), { id: "in", frequency: 700, from: grace });
    await page.waitForFunction(() => "call" in world);
    expect(await outcome("cancel")).toBe("not-allowed");
    const pressed = (digits: string): Promise<string> =>
      page.evaluate(
        (keys) => world.call.dtmf(keys).catch((error: Sdk.WebPhoneError) => error.code),
        digits,
      ) as Promise<string>;
    expect(await pressed("1")).toBe("not-allowed");
    expect(await pressed("12E")).toBe("invalid-digits");
    expect(await pressed("")).toBe("invalid-digits");
    const refused = page.evaluate(() => world.call.refuse({ reason: "busy", response: "later" }));
    const frame = await device.next("refuse");
    expect(frame).toMatchObject({ id: "in", reason: "busy", response: "later" });
    device.tell({ type: "state", id: "in", state: "refused", cause: "USER_BUSY", sip: 486 }, frame);
    await refused;
    expect((await lines()).at(-1)).toBe("ended refused USER_BUSY 486 ours");
  });

  test("with an offer that the browser cannot use goes on ringing", async () => {
    const device = await connected();
    device.tell({ type: "invitation", id: "in", from: grace, sdp: "v=0", media: "audio", number: "02001" });
    await device.next("received");
    await page.waitForFunction(() => "call" in world);
    expect(await outcome("accept")).toBe("media-failed");
    expect(await page.evaluate(() => world.call.state)).toBe("received");
    expect(await released()).toBe(true);
  });
});

describe("whatever happens, promises settle", () => {
  test("when the connection drops", async () => {
    const device = await connected();
    const far = await farSide();
    await ring(device, far, { id: "in", frequency: 700, from: grace });
    await page.waitForFunction(() => "call" in world);
    const accepted = outcome("accept");
    await device.next("accept");
    device.cut();
    expect(await accepted).toBe("connection-lost");
    expect((await lines()).filter((line) => line.startsWith("ended"))).toEqual([
      "ended failed NETWORK_OUT_OF_ORDER 503 network",
    ]);
    expect(await released()).toBe(true);
  });

  test("when Patchcord does not answer", async () => {
    await page.clock.install();
    const device = await connected();
    await invite();
    await device.next("invite");
    await page.clock.fastForward(11_000);
    await ended();
    expect((await lines()).at(-1)).toBe("ended failed timeout 0 ours");
    expect((await device.next("cancel")).type).toBe("cancel");
  });

  test("when Patchcord takes a hang-up and never tells of the end", async () => {
    await page.clock.install();
    const device = await connected();
    await invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "state", id, state: "accepted" });
    await expect.poll(lines).toContain("accepted");
    const hungUp = outcome("hangup");
    device.done(await device.next("hangup"));
    await expect.poll(released).toBe(true);
    await page.clock.fastForward(6_000);
    expect(await hungUp).toBe("resolved");
    expect((await lines()).at(-1)).toBe("ended accepted NORMAL_CLEARING 200 caller");
  });

  test("when the phone is closed: calls are hung up, what rings goes on elsewhere", async () => {
    const device = await connected();
    await invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "state", id, state: "accepted" });
    await expect.poll(lines).toContain("accepted");
    device.tell({
      type: "invitation",
      id: "ringing",
      from: grace,
      sdp: "v=0",
      media: "audio",
      number: "02001",
    });
    await device.next("received");
    await page.evaluate(() => {
      world.phone.close();
      world.phone.close();
    });
    expect(await device.closed).toBe(1000);
    expect(device.frames.filter(({ type }) => type === "hangup" || type === "refuse")).toMatchObject([
      { type: "hangup", id },
    ]);
    expect(await released()).toBe(true);
    expect(await page.evaluate(() => world.phone.calls.length)).toBe(0);
    await invite();
    await ended();
    expect((await lines()).at(-1)).toBe("ended failed closed 0 ours");
  });
});

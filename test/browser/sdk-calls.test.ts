import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type * as Sdk from "../../src/client/sdk/rtc/index.ts";
import { SdkPage, token, type World } from "./harness/sdk-page.ts";
import { confirm, pickUp, ring, takeInvitation } from "./harness/scripted-call.ts";

// What the SDK promises to an app of its calls. Faults are injected by the server that the test plays.
declare const world: World;

const grace = { number: "1002", name: "Grace" };
let app: SdkPage;

beforeAll(async () => {
  app = await SdkPage.start();
});
afterAll(async () => {
  await app?.close();
});
beforeEach(async () => {
  await app.open();
});

describe("an outgoing call", () => {
  test("goes through its states, connects, and lets go of everything at its end", async () => {
    const device = await app.connected();
    const far = await app.farSide();
    await app.invite({ content: "hello", channelId: "c-1" });
    const frame = await device.next("invite");
    expect(frame).toMatchObject({ to: "1002", media: "audio", content: "hello", channelId: "c-1" });
    device.sent(frame);
    device.tell({ type: "state", id: frame.id ?? "", state: "received" });
    await pickUp(device, far, { id: frame.id ?? "", sdp: frame.sdp, frequency: 700 });
    // Media connects by the answer, which comes just before `accepted`.
    await expect
      .poll(async () => (await app.lines()).toSorted())
      .toEqual(["accepted", "connected", "received", "sent"]);
    device.tell({ type: "dtmf", id: frame.id ?? "", digits: "12" });
    device.tell({ type: "ended", id: frame.id ?? "", cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    await app.ended();
    expect((await app.lines()).slice(4)).toEqual([
      "dtmf 12",
      "accepted",
      "ended accepted NORMAL_CLEARING 200 callee",
    ]);
    expect(await app.released()).toBe(true);
    expect(await app.page.evaluate(() => world.phone.calls.length)).toBe(0);
    expect(await app.outcome("hangup")).toBe("resolved");
  });

  test("whose microphone is pulled out goes on with the next one there is", async () => {
    const device = await app.connected();
    const far = await app.farSide();
    await app.invite();
    const call = await takeInvitation(device);
    await pickUp(device, far, { ...call, frequency: 700 });
    await expect.poll(app.lines).toContain("connected");
    await app.page.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = () => {
        mediaDevices.getUserMedia = open;
        return Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
      };
      const [track] = world.microphones[0]?.getTracks() ?? [];
      // As a browser does: ended, then told.
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
    });
    await expect.poll(app.lines).toContain("microphone microphone-absent");
    await app.page.evaluate(() => {
      world.call.mute();
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    });
    await expect.poll(app.lines).toContain("microphone back");
    const live = await app.page.evaluate(() =>
      world.microphones.map((stream) => stream.getTracks().map((one) => `${one.readyState} ${one.enabled}`)),
    );
    expect(live).toEqual([["ended false"], ["live false"]]);
    device.tell({ type: "ended", id: call.id, cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    await app.ended();
    expect(await app.released()).toBe(true);
    await app.page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event("devicechange")));
    expect(await app.page.evaluate(() => world.microphones.length)).toBe(2);
  });

  test("states that do not follow from the present one change nothing", async () => {
    const device = await app.connected();
    await app.invite();
    const { id = "", ...frame } = await device.next("invite");
    device.tell({ type: "state", id, state: "received" });
    device.tell({ type: "state", id, state: "acceptSent" });
    device.sent({ ...frame, id });
    device.tell({ type: "state", id, state: "sent" });
    device.tell({ type: "state", id, state: "idle" });
    device.tell({ type: "state", id, state: "refused", cause: "USER_BUSY", sip: 486, response: "later" });
    device.tell({ type: "state", id, state: "accepted" });
    device.tell({ type: "ended", id, cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    await app.ended();
    await expect.poll(app.lines).toEqual(["sent", "refused", "ended refused USER_BUSY 486 callee"]);
    expect(await app.page.evaluate(() => world.call.end?.response)).toBe("later");
  });

  test("that Patchcord does not take ends with Patchcord's code", async () => {
    const device = await app.connected();
    await app.invite();
    const { ref = "" } = await device.next("invite");
    device.tell({ type: "error", ref, code: "content-too-long", detail: "8 KiB" });
    await app.ended();
    expect(await app.page.evaluate(() => [world.call.end?.cause, world.call.end?.error?.code])).toEqual([
      "content-too-long",
      "content-too-long",
    ]);
    expect(await app.released()).toBe(true);
  });

  test("canceled before the microphone is there is never sent, and the microphone is closed", async () => {
    const device = await app.connected();
    await app.page.evaluate(async () => {
      world.watch(world.phone.invite({ to: "1002" }));
      await world.call.cancel();
    });
    expect(await app.lines()).toEqual(["failed", "ended failed ORIGINATOR_CANCEL 487 caller"]);
    await app.page.waitForFunction(() => world.microphones.length === 1);
    await expect.poll(app.released).toBe(true);
    await app.invite();
    await takeInvitation(device);
    expect(device.frames.map(({ type }) => type)).not.toContain("cancel");
  });

  test("whose cancellation crosses the answer is hung up", async () => {
    const device = await app.connected();
    await app.invite();
    const { id } = await takeInvitation(device);
    await expect.poll(app.lines).toContain("received");
    const canceled = app.outcome("cancel");
    const { ref = "" } = await device.next("cancel");
    device.tell({ type: "answer", id, sdp: "v=0" });
    device.tell({ type: "state", id, state: "accepted" });
    device.tell({ type: "error", id, ref, code: "already-accepted", detail: "it was" });
    await device.next("hangup");
    device.tell({ type: "ended", id, cause: "NORMAL_CLEARING", sip: 200, by: "caller" });
    expect(await canceled).toBe("resolved");
    expect((await app.lines()).at(-1)).toBe("ended accepted NORMAL_CLEARING 200 caller");
  });

  test("with an answer that the browser cannot use is given up at Patchcord too", async () => {
    const device = await app.connected();
    await app.invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "answer", id, sdp: "v=0 and no more" });
    await app.ended();
    expect((await app.lines()).at(-1)).toBe("ended failed media-failed 0 ours");
    // The callee had answered.
    const { ref = "" } = await device.next("cancel");
    device.tell({ type: "error", id, ref, code: "already-accepted", detail: "it was" });
    expect((await device.next("hangup")).id).toBe(id);
    expect(await app.released()).toBe(true);
  });

  test("speaks with a stream of the app's, which goes on after it", async () => {
    const device = await app.connected();
    await app.page.evaluate(() => {
      const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
      world.watch(world.phone.invite({ to: "1002", stream }));
      world.microphones.push(stream);
      world.call.mute();
    });
    const { id } = await takeInvitation(device);
    const track = (): Promise<unknown[]> =>
      app.page.evaluate(() => {
        const [one] = world.microphones[0]?.getAudioTracks() ?? [];
        return [world.microphones.length, one?.readyState, one?.enabled];
      });
    expect(await track()).toEqual([1, "live", false]);
    device.tell({ type: "state", id, state: "refused", cause: "USER_BUSY", sip: 486 });
    await app.ended();
    expect(await track()).toEqual([1, "live", true]);
  });
});

describe("an incoming call", () => {
  test("is acknowledged only where somebody listens for calls", async () => {
    const ready = app.page.evaluate(async (token) => {
      world.phone = await world.sdk.connect({ url: location.origin, token });
    }, token);
    const device = await app.server.signalling.device();
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
    await app.page.evaluate(() => world.phone.on("incoming", (call) => world.watch(call)));
    device.tell({ ...invitation, id: "heard", content: "hi", channelId: "c" });
    expect((await device.next("received")).id).toBe("heard");
    expect(
      await app.page.evaluate(() => [
        world.call.id,
        world.call.remote,
        world.call.number,
        world.call.content,
        world.call.channelId,
      ]),
    ).toEqual(["heard", grace, "02001", "hi", "c"]);
  });

  test("is accepted with a response, once", async () => {
    const device = await app.connected();
    const far = await app.farSide();
    await ring(device, far, { id: "in", frequency: 700, from: grace });
    await app.called();
    const accepted = app.page.evaluate(() => world.call.accept({ response: "coming" }));
    expect(await app.outcome("accept")).toBe("not-allowed");
    await confirm(device, far);
    await accepted;
    expect(device.frames.find(({ type }) => type === "accept")).toMatchObject({
      id: "in",
      response: "coming",
    });
    // Media and signalling come in either order.
    await expect
      .poll(async () => (await app.lines()).toSorted())
      .toEqual(["acceptSent", "accepted", "connected"]);
  });

  test("that ends while it is being accepted rejects `already-ended`", async () => {
    const device = await app.connected();
    await ring(device, await app.farSide(), { id: "in", frequency: 700, from: grace });
    await app.called();
    const accepted = app.outcome("accept");
    const { ref = "" } = await device.next("accept");
    device.tell({ type: "state", id: "in", state: "canceled", cause: "LOSE_RACE", sip: 487 });
    device.tell({ type: "error", id: "in", ref, code: "already-ended", detail: "it was" });
    expect(await accepted).toBe("already-ended");
    expect((await app.lines()).at(-1)).toBe("ended canceled LOSE_RACE 487 ours");
    expect(await app.released()).toBe(true);
  });

  test("is refused with a reason and a response; keys and cancellation are not for it", async () => {
    const device = await app.connected();
    await ring(device, await app.farSide(), { id: "in", frequency: 700, from: grace });
    await app.called();
    expect(await app.outcome("cancel")).toBe("not-allowed");
    const pressed = (digits: string): Promise<string> =>
      app.page.evaluate(
        (keys) => world.call.dtmf(keys).catch((error: Sdk.WebPhoneError) => error.code),
        digits,
      ) as Promise<string>;
    expect(await pressed("1")).toBe("not-allowed");
    expect(await pressed("12E")).toBe("invalid-digits");
    expect(await pressed("")).toBe("invalid-digits");
    const refused = app.page.evaluate(() => world.call.refuse({ reason: "busy", response: "later" }));
    const frame = await device.next("refuse");
    expect(frame).toMatchObject({ id: "in", reason: "busy", response: "later" });
    device.tell({ type: "state", id: "in", state: "refused", cause: "USER_BUSY", sip: 486 }, frame);
    await refused;
    expect((await app.lines()).at(-1)).toBe("ended refused USER_BUSY 486 callee");
  });

  test("with an offer that the browser cannot use goes on ringing", async () => {
    const device = await app.connected();
    device.tell({ type: "invitation", id: "in", from: grace, sdp: "v=0", media: "audio", number: "02001" });
    await device.next("received");
    await app.called();
    expect(await app.outcome("accept")).toBe("media-failed");
    expect(await app.page.evaluate(() => world.call.state)).toBe("received");
    expect(await app.released()).toBe(true);
  });
});

describe("whatever happens, promises settle", () => {
  test("when the connection drops", async () => {
    const device = await app.connected();
    const far = await app.farSide();
    await ring(device, far, { id: "in", frequency: 700, from: grace });
    await app.called();
    const accepted = app.outcome("accept");
    await device.next("accept");
    device.cut();
    expect(await accepted).toBe("connection-lost");
    expect((await app.lines()).filter((line) => line.startsWith("ended"))).toEqual([
      "ended failed NETWORK_OUT_OF_ORDER 503 network",
    ]);
    expect(await app.released()).toBe(true);
  });

  test("when Patchcord does not answer", async () => {
    await app.page.clock.install();
    const device = await app.connected();
    await app.invite();
    await device.next("invite");
    await app.page.clock.fastForward(11_000);
    await app.ended();
    expect((await app.lines()).at(-1)).toBe("ended failed timeout 0 ours");
    expect((await device.next("cancel")).type).toBe("cancel");
  });

  test("when Patchcord takes a hang-up and never tells of the end", async () => {
    await app.page.clock.install();
    const device = await app.connected();
    await app.invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "state", id, state: "accepted" });
    await expect.poll(app.lines).toContain("accepted");
    const hungUp = app.outcome("hangup");
    device.done(await device.next("hangup"));
    await expect.poll(app.released).toBe(true);
    await app.page.clock.fastForward(6_000);
    expect(await hungUp).toBe("resolved");
    expect((await app.lines()).at(-1)).toBe("ended accepted NORMAL_CLEARING 200 caller");
  });

  test("when the phone is closed: calls are hung up, what rings goes on elsewhere", async () => {
    const device = await app.connected();
    await app.invite();
    const { id } = await takeInvitation(device);
    device.tell({ type: "state", id, state: "accepted" });
    await expect.poll(app.lines).toContain("accepted");
    device.tell({
      type: "invitation",
      id: "ringing",
      from: grace,
      sdp: "v=0",
      media: "audio",
      number: "02001",
    });
    await device.next("received");
    await app.page.evaluate(() => {
      world.phone.close();
      world.phone.close();
    });
    expect(await device.closed).toBe(1000);
    expect(device.frames.filter(({ type }) => type === "hangup" || type === "refuse")).toMatchObject([
      { type: "hangup", id },
    ]);
    expect(await app.released()).toBe(true);
    expect(await app.page.evaluate(() => world.phone.calls.length)).toBe(0);
    await app.invite();
    await app.ended();
    expect((await app.lines()).at(-1)).toBe("ended failed closed 0 ours");
  });
});

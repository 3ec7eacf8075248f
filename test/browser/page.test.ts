import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ServerFrame } from "../../src/contract/index.ts";
import type { ScriptedDevice } from "../fakes/signalling.ts";
import { launchChromium } from "./harness/chromium.ts";
import { FarSide } from "./harness/far-side.ts";
import { hears } from "./harness/hearing.ts";
import { PhonePage } from "./harness/phone-page.ts";
import { confirm, pickUp, ring, takeInvitation } from "./harness/scripted-call.ts";
import { scriptedWorld, type ScriptedWorld } from "./harness/scripted.ts";
import { writeTone } from "./harness/wav.ts";

// The page over a server that the test plays: also what a real one seldom does.
const [mine, theirs] = [700, 1100];
const both = [mine, theirs];
const token = "header.payload.signature";
const grace = { number: "1002", name: "Grace Hopper" };

let home: string;
let browser: Browser;
let world: ScriptedWorld;
let context: BrowserContext;
let phone: PhonePage;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "patchcord-browser-"));
  const tone = join(home, "tone.wav");
  writeTone(tone, mine);
  browser = await launchChromium({ tone, more: ["--host-resolver-rules=MAP phone.test 127.0.0.1"] });
  world = await scriptedWorld();
});
afterAll(async () => {
  await browser?.close();
  await world?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(async () => {
  context = await browser.newContext({ permissions: ["microphone"] });
});
afterEach(async () => {
  await context.close();
});

/** Signed in and online. */
async function online(url = world.url): Promise<ScriptedDevice> {
  phone = await PhonePage.open(context, url, token);
  const device = await world.signalling.device();
  device.welcome();
  await phone.online();
  return device;
}

async function farSide(): Promise<FarSide> {
  const page = await context.newPage();
  await page.goto(`${world.url}/blank`);
  await phone.page.bringToFront();
  return new FarSide(page);
}

const keptToken = (): Promise<string> =>
  phone.page.evaluate(() => JSON.stringify([sessionStorage, localStorage]));

describe("signing in", () => {
  test("an API token is refused in words, not sent anywhere and not kept", async () => {
    const known = world.signalling.devices.length;
    phone = await PhonePage.open(context, world.url);
    const requests: string[] = [];
    phone.page.on("request", (request) => requests.push(request.url()));
    await phone.signIn("pc_0123456789abcdef0123456789abcdef");
    const words = await phone.page.getByRole("alert").textContent();
    expect(words).toContain("This is an API token");
    expect(words).toContain("npx patchcord token USER");
    expect(requests.filter((url) => !url.includes("/assets/"))).toEqual([]);
    expect(world.signalling.devices.length).toBe(known);
    expect(await keptToken()).not.toContain("pc_");
  });

  test("a token of the address leaves it at once, is kept for this tab and found again after a reload", async () => {
    const device = await online();
    expect(device.token).toBe(token);
    expect(phone.page.url()).toBe(`${world.url}/phone`);
    expect(await phone.page.evaluate(() => history.length)).toBe(2);
    await phone.page.reload();
    const again = await world.signalling.device();
    expect(again.token).toBe(token);
    expect(await phone.page.evaluate(() => localStorage.length)).toBe(0);
  });

  test("a link with another token, opened in the same tab, signs in anew", async () => {
    const first = await online();
    await phone.page.evaluate(() => {
      location.hash = "token=an.other.token";
    });
    const second = await world.signalling.device();
    expect(second.token).toBe("an.other.token");
    await first.closed;
    await expect.poll(() => phone.page.url()).toBe(`${world.url}/phone`);
  });

  test("a token that Patchcord refuses is told, dropped, and asked for again", async () => {
    world.signalling.refused.add("bad.bad.bad");
    phone = await PhonePage.open(context, world.url, "bad.bad.bad");
    expect(await phone.page.getByRole("alert").textContent()).toContain("the token has expired");
    expect(await keptToken()).not.toContain("bad.bad.bad");
    await phone.signIn(token);
    (await world.signalling.device()).welcome();
    await phone.online();
  });

  test("a token that ends while one is signed in", async () => {
    world.signalling.refused.add("soon.over.now");
    phone = await PhonePage.open(context, world.url);
    world.signalling.refused.delete("soon.over.now");
    await phone.signIn("soon.over.now");
    const device = await world.signalling.device();
    device.welcome();
    await phone.online();
    world.signalling.refused.add("soon.over.now");
    device.close(1008, "the token has expired");
    expect(await phone.page.getByRole("alert").textContent()).toContain("the token has expired");
  });

  test("signing out ends the connection and forgets the token", async () => {
    const device = await online();
    await phone.button("Sign out").click();
    expect(await device.closed).toBe(1000);
    await phone.page.getByLabel("Token", { exact: true }).waitFor();
    expect(await keptToken()).not.toContain(token);
  });
});

describe("a call that comes in", () => {
  test("shows who it is, sounds both ways, takes and gives keys, mutes, and is hung up", async () => {
    const device = await online();
    const far = await farSide();
    await ring(device, far, { id: "in", frequency: theirs, from: grace });
    await phone.rings();
    expect(await phone.spoken()).toBe("Grace Hopper is calling you.");
    expect(await phone.page.title()).toBe("Grace Hopper is calling");
    await phone.answer();
    await confirm(device, far);
    await phone.talking();
    await hears(phone.page, [theirs], both);
    await hears(far.page, [mine], both);

    await phone.button("Keypad").click();
    await phone.button("5").click();
    await phone.page.keyboard.press("#");
    for (const digits of ["5", "#"]) {
      const frame = await device.next("dtmf");
      expect(frame.digits).toBe(digits);
      device.done(frame);
    }
    device.tell({ type: "dtmf", id: "in", digits: "42" });
    await expect.poll(() => phone.page.locator("[data-digits=heard]").textContent()).toBe("42");
    expect(await phone.page.locator("[data-digits=pressed]").textContent()).toBe("5#");

    await phone.button("Mute").click();
    await hears(far.page, [], both);
    await phone.button("Muted").click();
    await hears(far.page, [mine], both);

    await phone.button("Hang up").click();
    const hangup = await device.next("hangup");
    device.tell({ type: "ended", id: "in", cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    device.done(hangup);
    expect(await phone.ended()).toBe("You hung up.");
    expect(phone.complaints).toEqual([]);
  });

  test("can be declined", async () => {
    const device = await online();
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: grace });
    await phone.button("Decline").click();
    const refuse = await device.next("refuse");
    expect(refuse.reason).toBe("declined");
    device.tell({ type: "state", id: "in", state: "refused", cause: "CALL_REJECTED", sip: 603 });
    expect(await phone.ended()).toBe("You declined Grace Hopper.");
  });

  test.each<[string, Extract<ServerFrame, { type: "state" }>]>([
    [
      "Answered on another device.",
      { type: "state", id: "in", state: "canceled", cause: "LOSE_RACE", sip: 487 },
    ],
    [
      "You missed a call from Grace Hopper.",
      { type: "state", id: "in", state: "canceled", cause: "ORIGINATOR_CANCEL", sip: 487 },
    ],
    [
      "You missed a call from Grace Hopper.",
      { type: "state", id: "in", state: "failed", cause: "expired", sip: 408 },
    ],
  ])("that goes away before the answer: %s", async (words, frame) => {
    const device = await online();
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: grace });
    await phone.rings();
    device.tell(frame);
    expect(await phone.ended()).toBe(words);
  });

  test("is busy while another one stands, and is listed as missed", async () => {
    const device = await online();
    const far = await farSide();
    await ring(device, far, { id: "first", frequency: theirs, from: grace });
    await phone.answer();
    await confirm(device, far);
    await phone.talking();
    device.tell({
      type: "invitation",
      id: "second",
      from: { number: "1003", name: "" },
      sdp: "v=0",
      media: "audio",
      number: "02001",
    });
    const refuse = await device.next("refuse");
    expect([refuse.id, refuse.reason]).toEqual(["second", "busy"]);
    device.tell(
      {
        type: "state",
        id: "second",
        state: "refused",
        cause: "USER_BUSY",
        sip: 486,
      },
      refuse,
    );
    device.tell({ type: "ended", id: "first", cause: "NORMAL_CLEARING", sip: 200, by: "caller" });
    expect(await phone.ended()).toBe("Grace Hopper hung up.");
    await phone.page.getByRole("button", { name: "Call 1003" }).getByText("Missed").waitFor();
  });

  test("shows a name as text, whatever it holds", async () => {
    const device = await online();
    const name = `<img src=x onerror="document.title='owned'">&amp;`;
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: { number: "1002", name } });
    await phone.rings();
    expect(await phone.page.getByRole("heading", { level: 1 }).textContent()).toBe(name);
    expect(phone.complaints).toEqual([]);
  });

  test("on a page that nobody has touched rings from the first touch on", async () => {
    // As browsers do that hold the sound of such a page back.
    await context.addInitScript(() => {
      const Real = AudioContext;
      const contexts: AudioContext[] = [];
      Object.assign(globalThis, {
        contexts,
        AudioContext: class extends Real {
          constructor() {
            super();
            contexts.push(this);
            void this.suspend();
          }
        },
      });
    });
    const device = await online();
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: grace });
    await phone.rings();
    const states = (): Promise<string[]> =>
      phone.page.evaluate(() =>
        (globalThis as unknown as { contexts: AudioContext[] }).contexts.map(({ state }) => state),
      );
    await expect.poll(states).toEqual(["suspended"]);
    await phone.page.getByRole("heading", { level: 1 }).click();
    await expect.poll(states).toEqual(["running"]);
    device.tell({ type: "state", id: "in", state: "canceled", cause: "ORIGINATOR_CANCEL", sip: 487 });
    await phone.ended();
    await expect.poll(states).toEqual(["closed"]);
  });

  test("shows a name that turns the direction of text, and one without a blank, within its place", async () => {
    const device = await online();
    await phone.page.setViewportSize({ width: 360, height: 640 });
    const name = `\u202e\u2067${"W".repeat(60)}`;
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: { number: "1002", name } });
    await phone.rings();
    expect(await phone.with()).toBe("W".repeat(60));
    device.tell({ type: "state", id: "in", state: "canceled", cause: "ORIGINATOR_CANCEL", sip: 487 });
    expect(await phone.ended()).toBe(`You missed a call from ${"W".repeat(60)}.`);
    const dismiss = await phone.button("Dismiss").boundingBox();
    expect((dismiss?.x ?? 360) + (dismiss?.width ?? 0)).toBeLessThan(360);
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});

describe("a call that goes out", () => {
  test("rings, sounds before the answer, is answered, and is ended by the far side", async () => {
    const device = await online();
    const far = await farSide();
    await phone.dial("10 (02)-");
    const { id, to, sdp } = await takeInvitation(device);
    expect(to).toBe("1002");
    expect(sdp).not.toContain("a=candidate");
    await phone.page.getByText("Ringing…", { exact: true }).waitFor();
    const answer = await pickUp(device, far, { id, sdp, frequency: theirs, early: true });
    await hears(phone.page, [theirs], both);
    device.tell({ type: "answer", id, sdp: answer });
    device.tell({ type: "state", id, state: "accepted", party: grace });
    await phone.talking();
    expect(await phone.with()).toBe(grace.name);
    await hears(far.page, [mine], both);
    device.tell({ type: "ended", id, cause: "NORMAL_CLEARING", sip: 200, by: "callee" });
    expect(await phone.ended()).toBe("Grace Hopper hung up.");
    expect(await phone.page.evaluate(() => document.querySelector("audio")?.srcObject)).toBeNull();
    expect(phone.complaints).toEqual([]);
  });

  test("can be canceled while it rings", async () => {
    const device = await online();
    await phone.dial("1002");
    const { id } = await takeInvitation(device);
    await phone.button("Cancel").click();
    const cancel = await device.next("cancel");
    device.tell(
      {
        type: "state",
        id,
        state: "canceled",
        cause: "ORIGINATOR_CANCEL",
        sip: 487,
      },
      cancel,
    );
    expect(await phone.ended()).toBe("You canceled the call.");
  });

  test.each<[string, Pick<Extract<ServerFrame, { type: "state" }>, "state" | "cause" | "sip">]>([
    ["1002 is busy.", { state: "refused", cause: "USER_BUSY", sip: 486 }],
    ["1002 declined the call.", { state: "refused", cause: "CALL_REJECTED", sip: 603 }],
    ["1002 is offline.", { state: "failed", cause: "offline", sip: 480 }],
    ["1002 did not answer.", { state: "failed", cause: "expired", sip: 408 }],
    ["The number 1002 does not exist.", { state: "failed", cause: "UNALLOCATED_NUMBER", sip: 404 }],
    ["You may not call 1002.", { state: "failed", cause: "OUTGOING_CALL_BARRED", sip: 403 }],
    ["1002 is busy.", { state: "failed", cause: "SOMETHING_NEW", sip: 486 }],
    [
      "The call did not succeed (SOMETHING_NEW, SIP 499).",
      { state: "failed", cause: "SOMETHING_NEW", sip: 499 },
    ],
  ])("that does not come about: %s", async (words, end) => {
    const device = await online();
    await phone.dial("1002");
    const { id } = await takeInvitation(device);
    device.tell({ type: "state", id, ...end });
    expect(await phone.ended()).toBe(words);
    expect(await phone.spoken()).toBe(words);
  });

  test("that Patchcord refuses: its error, in words", async () => {
    const device = await online();
    await phone.dial("1002");
    const { ref = "", id = "" } = await device.next("invite");
    device.tell({ type: "error", code: "too-many-calls", detail: "too many", ref, id });
    expect(await phone.ended()).toBe("This phone has too many calls at once.");
  });
});

describe("the connection", () => {
  test("that drops ends the call, comes back by itself, and the next call works", async () => {
    const device = await online();
    const far = await farSide();
    await ring(device, far, { id: "in", frequency: theirs, from: grace });
    await phone.answer();
    await confirm(device, far);
    await phone.talking();
    device.cut();
    expect(await phone.ended()).toBe("The connection was lost.");
    await phone.page.getByText("Reconnecting…").waitFor();
    const next = await world.signalling.device();
    next.welcome();
    await phone.online();
    await ring(next, far, { id: "in2", frequency: theirs, from: grace });
    await phone.answer();
    await confirm(next, far);
    await hears(phone.page, [theirs], both);
  });

  test("that a reload in a call takes down is made anew, with no call", async () => {
    const device = await online();
    const far = await farSide();
    await ring(device, far, { id: "in", frequency: theirs, from: grace });
    await phone.answer();
    await confirm(device, far);
    await phone.talking();
    await phone.page.reload();
    await device.closed;
    const next = await world.signalling.device();
    next.welcome();
    await phone.online();
    await phone.page.getByLabel("Number").waitFor();
    expect(await phone.page.getByRole("timer").count()).toBe(0);
  });
});

describe("the microphone", () => {
  test("refused: told with the remedy, nothing is sent, the next try works", async () => {
    await context.clearPermissions();
    const device = await online();
    await phone.dial("1002");
    expect(await phone.ended()).toContain("The microphone is blocked");
    expect(device.frames).toEqual([]);
    await context.grantPermissions(["microphone"]);
    await phone.dial("1002");
    await takeInvitation(device);
  });

  test("refused to an incoming call: it goes on ringing and can still be answered", async () => {
    await context.clearPermissions();
    const device = await online();
    await ring(device, await farSide(), { id: "in", frequency: theirs, from: grace });
    await phone.answer();
    expect(await phone.page.getByRole("alert").textContent()).toContain("The microphone is blocked");
    await context.grantPermissions(["microphone"]);
    await phone.answer();
    expect((await device.next("accept")).id).toBe("in");
  });

  test("absent: told", async () => {
    // As browsers without one answer: Media Capture and Streams, section 10.2.
    await context.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
    });
    await online();
    await phone.dial("1002");
    expect(await phone.ended()).toContain("No microphone was found");
  });

  test("on a page that is neither https nor localhost: told before any call", async () => {
    const device = await online(world.url.replace("127.0.0.1", "phone.test"));
    await phone.page.getByText("Browsers hand out the microphone only on pages opened over https").waitFor();
    await phone.dial("1002");
    expect(await phone.ended()).toContain("Open it over https");
    expect(device.frames).toEqual([]);
  });
});

test("the keyboard is enough: sign in, dial, hang up, answer, press keys", async () => {
  phone = await PhonePage.open(context, world.url);
  const { keyboard } = phone.page;
  await phone.page.locator(":focus").waitFor();
  await keyboard.type(token);
  await keyboard.press("Enter");
  const device = await world.signalling.device();
  device.welcome();
  await phone.online();
  const far = await farSide();
  const focused = (): Promise<string> => phone.page.evaluate(() => document.activeElement?.textContent ?? "");
  const tabTo = async (words: string): Promise<void> => {
    for (let presses = 0; presses < 25 && !(await focused()).includes(words); presses += 1)
      await keyboard.press("Tab");
    expect(await focused()).toContain(words);
  };

  await keyboard.type("1002");
  await keyboard.press("Enter");
  const { id } = await takeInvitation(device);
  await phone.page.getByText("Ringing…", { exact: true }).waitFor();
  expect(await focused()).toBe("1002");
  await tabTo("Cancel");
  await keyboard.press("Enter");
  await device.next("cancel");
  device.tell({ type: "state", id, state: "canceled", cause: "ORIGINATOR_CANCEL", sip: 487 });
  await phone.ended();

  await ring(device, far, { id: "in", frequency: theirs, from: grace });
  await phone.rings();
  // A key typed at that moment must not answer.
  expect(await focused()).toBe("Grace Hopper");
  await tabTo("Answer");
  await keyboard.press("Enter");
  await confirm(device, far);
  await phone.talking();
  await keyboard.press("9");
  expect((await device.next("dtmf")).digits).toBe("9");
  await tabTo("Hang up");
  await keyboard.press("Space");
  await device.next("hangup");
});

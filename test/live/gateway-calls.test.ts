import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { type LiveCall, expectCallsOfSwitch, liveCalls } from "./harness/calls.ts";
import type { Capture } from "./harness/capture.ts";
import { headerValues } from "./harness/sip-message.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";
import { type WebUser, webTones } from "./harness/web-user.ts";

const ringSeconds = 4;

describe("web users in real browsers and phones on a real switch", () => {
  const system = systemOfFile(async () =>
    TelephoneSystem.start({ environment: { PATCHCORD_RING_SECONDS: String(ringSeconds) } }),
  );
  let phone: Phone;
  let ann: WebUser;
  let bob: WebUser;
  let capture: Capture;

  beforeAll(async () => {
    [phone] = (await system().phones("1001")) as [Phone];
    ann = await system().webUser({ user: "2001", displayName: "Ann Lee", tone: webTones[0] });
    bob = await system().webUser({ user: "2002", displayName: "Bob Ray", tone: webTones[1] });
    capture = await system().capture();
  });

  afterEach(async () => {
    for (const { id } of await liveCalls(system())) await system().patchcord.rest.delete(`calls/${id}`);
    await until("no call is left", async () => (await liveCalls(system())).length === 0);
  });

  const oneCall = async (fits: (call: LiveCall) => boolean): Promise<LiveCall> =>
    until("the call", async () => {
      const calls = await liveCalls(system());
      const found = calls.find(fits);
      if (calls.length === 1 && found) return found;
      throw new Error(JSON.stringify(calls));
    });

  const active = (): Promise<LiveCall> => oneCall(({ state }) => state === "active");

  /** The final answer that our user agent gave to the switch's INVITE. */
  const finalAnswer = (since: number, status: number) =>
    capture.message(
      `our ${status}`,
      ({ startLine, destinationPort, headers }) =>
        startLine.startsWith(`SIP/2.0 ${status} `) &&
        destinationPort === system().sipPort &&
        headers.some(([name, value]) => name.toLowerCase() === "cseq" && value.endsWith("INVITE")),
      { since },
    );

  test("a phone calls a web user: each hears the other, and it is one call", async () => {
    await phone.dial("02001", system().domain);
    await ann.phone.rings();
    await ann.phone.answer();
    await phone.event("CALL_ESTABLISHED");
    await ann.phone.talking();
    await phone.hears(ann.tone);
    await ann.hears(phone.tone);
    const call = await active();
    expect(call).toMatchObject({ from: { number: "1001" }, to: { number: "02001", name: "Ann Lee" } });
    await expectCallsOfSwitch(system(), "active");
    await phone.hangUp();
    expect(await ann.phone.ended()).toContain("hung up");
    await expectCallsOfSwitch(system(), "none");
  });

  test("a web user calls a phone: each sees the other's name", async () => {
    await system().patchcord.rest.patch("extensions/1001", { displayName: "Phone One" });
    await ann.phone.dial("1001");
    const { peeruri, peerdisplayname } = await phone.rings();
    expect(peeruri).toContain("02001@");
    expect(peerdisplayname).toBe("Ann Lee");
    await phone.answer();
    await ann.phone.talking();
    expect(await ann.phone.with()).toBe("Phone One");
    await phone.hears(ann.tone);
    await ann.hears(phone.tone);
    expect(await active()).toMatchObject({
      from: { number: "02001", name: "Ann Lee" },
      to: { number: "1001" },
    });
    await ann.phone.button("Hang up").click();
    await phone.event("CALL_CLOSED");
    await expectCallsOfSwitch(system(), "none");
  });

  test("a web user calls another, and the switch has no part in it", async () => {
    await ann.phone.dial("02002");
    await bob.phone.rings();
    await bob.phone.answer();
    await ann.phone.talking();
    expect(await ann.phone.with()).toBe("Bob Ray");
    await ann.hears(bob.tone);
    await bob.hears(ann.tone);
    expect(await active()).toMatchObject({
      node: "gateway",
      from: { number: "02001", name: "Ann Lee" },
      to: { number: "02002", name: "Bob Ray" },
    });
    expect(await system().freeSwitch.channels()).toEqual([]);
    await bob.phone.button("Hang up").click();
    expect(await ann.phone.ended()).toContain("hung up");
  });

  test("digits reach the far end both ways", async () => {
    await ann.phone.dial("1001");
    await phone.rings();
    await phone.answer();
    await ann.phone.talking();
    await phone.hears(ann.tone);
    await phone.dtmf("42#");
    await expect
      .poll(() => ann.phone.page.locator("[data-digits=heard]").textContent(), { timeout: 10_000 })
      .toBe("42#");
    await ann.phone.page.keyboard.press("7");
    await ann.phone.page.keyboard.press("*");
    await until("the phone gets both digits", () => phone.digits === "7*");
    await phone.hears(ann.tone);
  });

  describe("a phone's call that does not come about", () => {
    test.each([["offline", "02999", 480, "SUBSCRIBER_ABSENT"]])("%s", async (_, dialled, status, cause) => {
      const since = capture.messages.length;
      await phone.dial(dialled, system().domain);
      expect((await phone.event("CALL_CLOSED")).param).toMatch(new RegExp(`^${status} `));
      expect(headerValues(await finalAnswer(since, status), "Reason")[0]).toContain(`text="${cause}"`);
    });

    test("declined", async () => {
      const since = capture.messages.length;
      await phone.dial("02001", system().domain);
      await ann.phone.rings();
      await ann.phone.button("Decline").click();
      expect((await phone.event("CALL_CLOSED")).param).toMatch(/^603 /);
      expect(headerValues(await finalAnswer(since, 603), "Reason")[0]).toContain('text="CALL_REJECTED"');
    });

    test("unanswered: our ring time ends first", async () => {
      const since = capture.messages.length;
      await phone.dial("02001", system().domain);
      await ann.phone.rings();
      expect((await phone.event("CALL_CLOSED")).param).toMatch(/^480 |^408 /);
      expect(headerValues(await finalAnswer(since, 408), "Reason")[0]).toContain('text="NO_ANSWER"');
      expect(await ann.phone.ended()).toContain("missed");
    });

    test("given up by the phone", async () => {
      await phone.dial("02001", system().domain);
      await ann.phone.rings();
      await phone.hangUp();
      await phone.event("CALL_CLOSED");
      expect(await ann.phone.ended()).toContain("missed");
    });

    test("busy: the web user is in another call", async () => {
      await bob.phone.dial("02001");
      await ann.phone.rings();
      await ann.phone.answer();
      await ann.phone.talking();
      const since = capture.messages.length;
      await phone.dial("02001", system().domain);
      expect((await phone.event("CALL_CLOSED")).param).toMatch(/^486 /);
      expect(headerValues(await finalAnswer(since, 486), "Reason")[0]).toContain('text="USER_BUSY"');
      await ann.hears(bob.tone);
    });
  });

  describe("a web user's call that does not come about", () => {
    test.each([
      ["to an extension that is not registered", "1005", "1005 is offline."],
      ["to a number that does not exist", "7777", "The number 7777 does not exist."],
      ["to a web user who is offline", "02999", "02999 is offline."],
    ])("%s", async (_, dialled, words) => {
      await ann.phone.dial(dialled);
      expect(await ann.phone.ended()).toBe(words);
    });

    test("the phone is busy", async () => {
      await ann.phone.dial("1001");
      await phone.rings();
      await phone.hangUp();
      expect(await ann.phone.ended()).toBe("1001 is busy.");
    });

    test("given up by the web user", async () => {
      await ann.phone.dial("1001");
      await phone.rings();
      await ann.phone.button("Cancel").click();
      await phone.event("CALL_CLOSED");
      expect(await ann.phone.ended()).toBe("You canceled the call.");
    });
  });
});

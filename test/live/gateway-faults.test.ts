import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { endCalls, expectCallsOfSwitch } from "./harness/calls.ts";
import { timed } from "./harness/figures.ts";
import { expectNothingHeld } from "./harness/metrics.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";
import { type WebUser, webTones } from "./harness/web-user.ts";

describe("when something of a web user's call fails", () => {
  const system = systemOfFile(async () =>
    TelephoneSystem.start({ environment: { PATCHCORD_MEDIA_TIMEOUT_SECONDS: "5" } }),
  );
  let phone: Phone;
  let ann: WebUser;

  const signIn = async (): Promise<WebUser> =>
    system().webUser({ user: "2001", displayName: "Ann Lee", tone: webTones[0] });

  beforeAll(async () => {
    [phone] = (await system().phones("1001")) as [Phone];
    ann = await signIn();
  });

  afterEach(async () => {
    await endCalls(system());
    await expectNothingHeld(system());
  });

  async function talk(): Promise<void> {
    await phone.dial("02001", system().domain);
    await ann.phone.rings();
    await ann.phone.answer();
    await phone.event("CALL_ESTABLISHED");
    await phone.hears(ann.tone);
    await ann.hears(phone.tone);
  }

  test("both orders of an answer that crosses the caller's giving up leave nothing behind", async () => {
    for (let round = 0; round < 12; round += 1) {
      await phone.dial("02001", system().domain);
      await ann.phone.rings();
      const clicked = ann.phone
        .button("Answer")
        .click({ timeout: 2000 })
        .catch(() => undefined);
      // From before the click to after the answer is on its way.
      await sleep(round * 25);
      await phone.hangUp();
      await clicked;
      await phone.event("CALL_CLOSED");
      await expectCallsOfSwitch(system(), "none");
      await ann.phone.page.getByLabel("Number").waitFor();
    }
  });

  test("both orders of a web user's giving up that crosses the phone's answer leave nothing behind", async () => {
    for (let round = 0; round < 12; round += 1) {
      await ann.phone.dial("1001");
      await phone.rings();
      const answered = phone.answer();
      await sleep(round * 10);
      await ann.phone.page.getByRole("button", { name: /^(Cancel|Hang up)$/ }).click();
      await answered;
      await phone.event("CALL_CLOSED");
      await expectCallsOfSwitch(system(), "none");
    }
  });

  test("both hang up at once", async () => {
    for (let round = 0; round < 4; round += 1) {
      await talk();
      await Promise.all([
        phone.hangUp(),
        ann.phone
          .button("Hang up")
          .click({ timeout: 2000 })
          .catch(() => undefined),
      ]);
      await phone.event("CALL_CLOSED");
      await expectCallsOfSwitch(system(), "none");
      await ann.phone.page.getByLabel("Number").waitFor();
    }
  });

  test("of two devices the first to answer has the call, the other is told", async () => {
    const second = await ann.secondDevice(system());
    await phone.dial("02001", system().domain);
    await Promise.all([ann.phone.rings(), second.rings()]);
    await second.answer();
    await phone.event("CALL_ESTABLISHED");
    expect(await ann.phone.ended()).toBe("Answered on another device.");
    await phone.hears(ann.tone);
    await phone.hangUp();
    await phone.event("CALL_CLOSED");
    await second.close();
  });

  test("a browser that is killed: the phone hears a normal end", async (context) => {
    await talk();
    await ann.kill();
    const closed = await timed(context, "browser killed: until the phone's end", async () =>
      phone.event("CALL_CLOSED", 40),
    );
    expect(closed.param).not.toMatch(/^[3-6]\d\d/);
    await expectCallsOfSwitch(system(), "none");
    await expectNothingHeld(system());
    ann = await signIn();
  });

  test("a page that is reloaded in a call: the phone hears a normal end, the user is back online", async () => {
    await talk();
    await ann.phone.page.reload();
    await phone.event("CALL_CLOSED");
    await ann.phone.online();
    await expectCallsOfSwitch(system(), "none");
  });

  test("a phone that is killed: the web user is told", async () => {
    await talk();
    await phone.kill();
    // The switch misses its sound only after a minute: a phone may be silent for long. So may the switch towards us.
    await ann.phone.page.locator(".ended").waitFor({ timeout: 90_000 });
    await expectCallsOfSwitch(system(), "none");
    [phone] = (await system().phones("1001")) as [Phone];
  });

  test("a switch that is killed: the web user is told, and both find each other again", async () => {
    await talk();
    await system().freeSwitch.kill();
    expect(await ann.phone.ended()).not.toBe("");
    await expectNothingHeld(system(), 40);
    await system().freeSwitch.start();
    await system().patchcord.ready(90);
    await phone.stop();
    [phone] = (await system().phones("1001")) as [Phone];
    await talk();
    await phone.hangUp();
    await phone.event("CALL_CLOSED");
  });

  test("a Patchcord that is killed and started again: the phone hears a normal end", async (context) => {
    await talk();
    await system().patchcord.kill();
    await system().patchcord.start();
    await timed(context, "Patchcord killed and started again: until the phone's end", async () =>
      phone.event("CALL_CLOSED", 90),
    );
    await system().patchcord.ready();
    await expectCallsOfSwitch(system(), "none");
    await ann.phone.online();
    await talk();
    await phone.hangUp();
    await phone.event("CALL_CLOSED");
  });

  test("a Patchcord that is stopped in a call says goodbye to both sides", async () => {
    await talk();
    await system().patchcord.stop();
    await phone.event("CALL_CLOSED", 5);
    expect(await ann.phone.ended()).not.toBe("");
    expect(await system().freeSwitch.channels()).toEqual([]);
    await until("the switch has no contact of ours", async () =>
      (await system().freeSwitch.api(`sofia_contact */1000@${system().domain}`)).includes(
        "user_not_registered",
      ),
    );
    await system().patchcord.start();
    await system().patchcord.ready();
    await ann.phone.online();
  });
});

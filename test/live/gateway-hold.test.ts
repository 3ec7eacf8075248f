import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { endCalls, expectCallsOfSwitch, legOf } from "./harness/calls.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { type WebUser, webTones } from "./harness/web-user.ts";

describe("the switch offers anew to the gateway", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let phone: Phone;
  let ann: WebUser;

  beforeAll(async () => {
    [phone] = (await system().phones("1001")) as [Phone];
    ann = await system().webUser({ user: "2001", displayName: "Ann Lee", tone: webTones[0] });
  });

  afterEach(async () => {
    await endCalls(system());
  });

  /** POST /calls/ID/VERB of the web user's leg, and the call's state after it. */
  async function ask(verb: "hold" | "resume", state: "held" | "active"): Promise<void> {
    const [call] = await expectCallsOfSwitch(system());
    if (!call) throw new Error("there is no call");
    const { uuid } = legOf(call, "02001");
    const { status, body } = await system().patchcord.rest.post(`calls/${call.id}/${verb}?wait=10`, {
      leg: uuid,
    });
    expect([status, body]).toEqual([200, expect.objectContaining({ state })]);
  }

  test.each([
    ["of the web user who called", async () => ann.phone.dial("1001")],
    ["of the web user who was called", async () => phone.dial("02001", system().domain)],
  ])("to hold the leg %s, and to resume it", async (who, dial) => {
    await dial();
    if (who.endsWith("was called")) {
      await ann.phone.rings();
      await ann.phone.answer();
    } else {
      await phone.rings();
      await phone.answer();
    }
    await ann.hears(phone.tone);
    await phone.hears(ann.tone);
    await ask("hold", "held");
    await phone.hears();
    await ask("resume", "active");
    await ann.hears(phone.tone);
    await phone.hears(ann.tone);
  });

  test("when the phone holds: the web user hears no phone, and the call goes on", async () => {
    await ann.phone.dial("1001");
    await phone.rings();
    await phone.answer();
    await ann.hears(phone.tone);
    await phone.hold();
    await expectCallsOfSwitch(system(), "held");
    await ann.hears();
    await phone.resume();
    await ann.hears(phone.tone);
    await phone.hears(ann.tone);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { endCalls, expectCallsOfSwitch } from "./harness/calls.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

describe("a call between phones", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let one: Phone;
  let two: Phone;

  afterEach(async () => {
    await endCalls(system());
  });

  test("lets each hear the other's tone", async () => {
    const { domain } = system();
    [one, two] = (await system().phones("1001", "1002")) as [Phone, Phone];
    const events = await system().patchcord.events("?types=call.*");
    await one.dial("1002", domain);
    expect((await two.rings()).peeruri).toContain("1001");
    await two.answer();
    await one.event("CALL_ESTABLISHED");
    // What each phone decoded and recorded, then what tcpdump saw reach it.
    await until("1001 records 1002's tone", async () => (await one.records()).join() === String(two.tone));
    await until("1002 records 1001's tone", async () => (await two.records()).join() === String(one.tone));
    await one.hears(two.tone);
    await two.hears(one.tone);

    const [call] = await expectCallsOfSwitch(system());
    expect(call).toMatchObject({ state: "active", from: { number: "1001" }, to: { number: "1002" } });
    await one.hangUp();
    await two.event("CALL_CLOSED");
    const ended = await events.event("call.ended", ({ type }) => type === "call.ended");
    expect(ended.data["call"]).toBe(call?.id);
    expect(events.typesOf(String(call?.id))).toEqual([
      "call.created",
      "call.ringing",
      "call.answered",
      "call.bridged",
      "call.ended",
    ]);
    events.close();
    expect(await expectCallsOfSwitch(system())).toEqual([]);
  });

  test("put on hold by a phone and resumed is a held call, and silent meanwhile", async () => {
    const { domain } = system();
    await one.dial("1002", domain);
    await two.rings();
    await two.answer();
    await one.hears(two.tone);
    await one.hold();
    await two.hears();
    expect((await expectCallsOfSwitch(system(), "held"))[0]).toMatchObject({ state: "held" });
    await one.resume();
    await two.hears(one.tone);
    await one.hears(two.tone);
    await expectCallsOfSwitch(system(), "active");
    await two.hangUp();
    await one.event("CALL_CLOSED");
    await expectCallsOfSwitch(system(), "none");
  });

  test.each([
    ["an unregistered extension", "1005", "480"],
    ["an unknown number", "7777777", "404"],
    ["the proxy account, bare", "1000", "404"],
  ])("to %s ends with its status", async (_, dialled, status) => {
    await one.dial(dialled, system().domain);
    expect((await one.event("CALL_CLOSED")).param).toMatch(new RegExp(`^${status} `));
  });

  test("to a phone that answers busy ends with 486", async () => {
    await one.dial("1002", system().domain);
    await two.rings();
    await two.hangUp();
    expect((await one.event("CALL_CLOSED")).param).toMatch(/^486 /);
    await expectCallsOfSwitch(system(), "none");
  });

  test("that the caller gives up stops ringing and is over", async () => {
    await one.dial("1002", system().domain);
    await two.rings();
    await one.hangUp();
    await two.event("CALL_CLOSED");
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
  });
});

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { callById, endCalls, expectCallsOfSwitch, liveCalls, type LiveCall } from "./harness/calls.ts";
import { timed } from "./harness/figures.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

async function hangUp(from: Phone, to: Phone): Promise<void> {
  await from.hangUp();
  await to.event("CALL_CLOSED");
}

describe("the call list equals the switch's own again", () => {
  const system = systemOfFile(async () => TelephoneSystem.start({ proxied: true }));
  let phones: [Phone, Phone, Phone, Phone];

  beforeAll(async () => {
    phones = (await system().phones("1001", "1002", "1003", "1004")) as typeof phones;
  });

  async function talk(from: Phone, to: Phone): Promise<void> {
    await from.dial(to.number, system().domain);
    await to.rings();
    await to.answer();
    await Promise.all([from.hears(to.tone), to.hears(from.tone)]);
  }

  /** The only call there is. */
  async function onlyCall(): Promise<LiveCall> {
    const [call, ...others] = await expectCallsOfSwitch(system(), "active");
    if (!call || others.length > 0) throw new Error("there is not exactly one call");
    return call;
  }

  const connected = async (): Promise<unknown> =>
    until("Patchcord is connected through the proxy", () => system().proxy.connections > 0, { seconds: 60 });

  afterEach(async () => {
    await endCalls(system());
  });

  test("after FreeSWITCH was killed and started again in mid-call", async (context) => {
    const { freeSwitch, patchcord, proxy } = system();
    const [one, two] = phones;
    await talk(one, two);
    const call = await onlyCall();
    await freeSwitch.kill();
    await until("Patchcord noticed", () => proxy.connections === 0);
    await freeSwitch.start();
    await timed(context, "FreeSWITCH killed: from its first answer to the true call list", async () => {
      await patchcord.ready();
      await expectCallsOfSwitch(system(), "none", 60);
    });
    expect(await callById(system(), call.id)).toMatchObject({
      state: "ended",
      cause: expect.stringMatching(/^[A-Z_]+$/),
    });
    // The restarted switch still knows its phones, though its `show registrations` does not.
    const { body } = await patchcord.rest.get<{ items: { user: string }[] }>("registrations");
    const users = body.items.map(({ user }) => user).filter((user) => user !== "1000");
    expect(users.toSorted()).toEqual(phones.map(({ number }) => number));
    // The phones believe they still talk; nobody told them.
    await Promise.all([one.hangUp(), two.hangUp()]);
    await talk(one, two);
    expect((await onlyCall()).id).not.toBe(call.id);
    await hangUp(one, two);
  });

  test("after Patchcord was killed and started again in mid-call", async (context) => {
    const { patchcord } = system();
    const [one, two] = phones;
    await talk(one, two);
    const before = await onlyCall();
    await patchcord.kill();
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    await timed(context, "Patchcord killed: from its start to the true call list", async () => {
      await patchcord.start();
      await patchcord.ready();
      await expectCallsOfSwitch(system(), "active", 60);
    });
    const after = await onlyCall();
    expect(after.legs.map(({ uuid }) => uuid).toSorted()).toEqual(
      before.legs.map(({ uuid }) => uuid).toSorted(),
    );
    expect(after).toMatchObject({ from: { number: "1001" }, to: { number: "1002" } });
    const { status } = await patchcord.rest.post(`calls/${after.id}/hangup?wait=10`, {});
    expect(status).toBe(200);
    await Promise.all([one.event("CALL_CLOSED"), two.event("CALL_CLOSED")]);
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
  });

  test("after ten seconds without the event socket while calls ended and began", async (context) => {
    const { proxy, patchcord } = system();
    const [one, two, three, four] = phones;
    await talk(one, two);
    const old = await onlyCall();
    proxy.cut();
    const tenSeconds = sleep(10_000);
    await hangUp(one, two);
    await talk(three, four);
    await three.hangUp();
    await four.event("CALL_CLOSED");
    await talk(two, three);
    await tenSeconds;
    proxy.mend();
    await timed(context, "Event socket cut for 10 s: from its return to the true call list", async () => {
      await patchcord.ready();
      await expectCallsOfSwitch(system(), "active", 60);
    });
    const now = await onlyCall();
    expect(now).toMatchObject({ from: { number: "1002" }, to: { number: "1003" } });
    expect((await callById(system(), old.id)).state).toBe("ended");
    await hangUp(two, three);
    await expectCallsOfSwitch(system(), "none");
  });

  test("after a stall in which the switch's events piled up", async (context) => {
    const { proxy } = system();
    const [one, two] = phones;
    await talk(one, two);
    proxy.stall();
    await hangUp(one, two);
    await talk(two, one);
    proxy.mend();
    await timed(context, "Event socket stalled: from its return to the true call list", async () =>
      until("the new call is there", async () => (await onlyCall()).from.number === "1002"),
    );
    await hangUp(two, one);
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
  });

  test("after a hundred calls at twenty a second", async (context) => {
    const calls = 100;
    const events = await system().patchcord.events("?types=call.created,call.ended");
    const plain = ["", "X-Harmless: 1", "X-Harmless: 2", "X-Harmless: 3"];
    const rows = [[...system().credentials("1005"), "9196", ...plain]];
    const result = await system().sipp({
      scenario: "call.xml",
      rows,
      calls,
      rate: 20,
      limit: 40,
      seconds: 60,
    });
    expect(result).toEqual({ code: 0, successful: calls, failed: 0, errors: "" });
    await timed(context, "100 calls at 20/s: from sipp's end to the true call list", async () =>
      expectCallsOfSwitch(system(), "none"),
    );
    const told = (type: string): Set<unknown> =>
      new Set(events.events.filter((event) => event.type === type).map(({ data }) => data["call"]));
    await until("each is told to have ended", () => told("call.ended").size === calls);
    expect(told("call.created")).toEqual(told("call.ended"));
    events.close();
  });

  test("after the switch was frozen in mid-call and thawed", async (context) => {
    const { freeSwitch, patchcord } = system();
    const [one, two] = phones;
    await talk(one, two);
    const before = await onlyCall();
    freeSwitch.freeze();
    await timed(context, "FreeSWITCH frozen: until /readyz says so", async () =>
      until("Patchcord notices", async () => (await fetch(`${patchcord.url}/readyz`)).status === 503, {
        seconds: 200,
      }),
    );
    freeSwitch.thaw();
    await timed(context, "FreeSWITCH thawed: until the true call list", async () => {
      await patchcord.ready();
      await expectCallsOfSwitch(system(), "active", 60);
    });
    expect((await onlyCall()).id).toBe(before.id);
    await Promise.all([one.hears(two.tone), two.hears(one.tone)]);
    await hangUp(one, two);
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
  }, 300_000);

  test("without a stale row of show channels", async (context) => {
    const { freeSwitch, proxy, patchcord } = system();
    const stale = "11111111-2222-4333-8444-555555555555";
    const hostname = (await freeSwitch.api("hostname")).trim();
    const database = new DatabaseSync(join(freeSwitch.home, "db", "core.db"));
    database.exec("PRAGMA busy_timeout = 5000");
    database
      .prepare(
        `INSERT INTO channels (uuid, direction, created, created_epoch, name, state, cid_name, cid_num, dest,
           application, dialplan, context, callstate, hostname)
         VALUES (?, 'inbound', '2026-01-01 00:00:00', 1767225600, 'sofia/internal/1001@x', 'CS_EXECUTE', 'Stale', '1001',
           '1002', 'bridge', 'XML', 'default', 'ACTIVE', ?)`,
      )
      .run(stale, hostname);
    database.close();
    expect(await freeSwitch.api("show channels as json")).toContain(stale);
    proxy.cut();
    proxy.mend();
    await timed(context, "Stale row: from the reconnection to the true call list", async () => {
      await connected();
      await patchcord.ready();
      await expectCallsOfSwitch(system(), "none");
    });
    expect(await freeSwitch.api("show channels as json")).toContain(stale);
    expect((await patchcord.rest.get(`calls/${stale}`)).status).toBe(404);
  });

  test("after a hangup that was never told", async (context) => {
    const { proxy } = system();
    const [one, two] = phones;
    await talk(one, two);
    const call = await onlyCall();
    const end =
      /"Event-Name":"(CHANNEL_HANGUP|CHANNEL_HANGUP_COMPLETE|CHANNEL_DESTROY|CHANNEL_UNBRIDGE|CHANNEL_CALLSTATE)"/;
    proxy.lose((frame) => end.test(frame));
    await hangUp(one, two);
    await until("the switch has no call", async () => (await system().freeSwitch.channels()).length === 0);
    await until("the events of the end were lost", () => proxy.lost >= 2);
    proxy.mend();
    expect((await liveCalls(system())).map(({ id }) => id)).toEqual([call.id]);
    await timed(context, "Hangup missed: from the hangup to the true call list", async () =>
      expectCallsOfSwitch(system(), "none", 100),
    );
    expect((await callById(system(), call.id)).state).toBe("ended");
  });
});

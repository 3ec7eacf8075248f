import { beforeEach, describe, expect, test } from "vitest";
import { type DomainEvent, Failure, silentLogger, systemIds } from "../../../../src/base/index.ts";
import { Calls, CallService, type DialRequest, type Verb } from "../../../../src/core/calls/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";
import { resolveNumber, ScriptedControl } from "./scripted-control.ts";
import { hangup, node, switchProcess } from "./synthetic.ts";

let clock: ManualClock;
let control: ScriptedControl;
let published: DomainEvent[];
let calls: Calls;
let service: CallService;
let event: ReturnType<typeof switchProcess>;

beforeEach(() => {
  clock = new ManualClock();
  control = new ScriptedControl();
  published = [];
  const publish = (told: DomainEvent): void => void published.push(told);
  calls = new Calls({ publish });
  service = new CallService({
    calls,
    control,
    pickNode: () => node,
    publish,
    ids: systemIds,
    clock,
    log: silentLogger,
    resolve: resolveNumber,
  });
  event = switchProcess();
});

/** Lets everything that is ready run. */
const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const types = (): string[] => published.map(({ type }) => type);
const failed = (): DomainEvent | undefined => published.find(({ type }) => type === "operation.failed");

const up = { callState: "ACTIVE", answeredAt: 900 } as const;

/** A call of two bridged legs, `a` and `b`. */
function talking(): string {
  calls.apply(event("CHANNEL_ANSWER", "a", { channel: up }));
  calls.apply(event("CHANNEL_ANSWER", "b", { channel: { ...up, direction: "outbound", relatedTo: "a" } }));
  calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "b" }));
  published.length = 0;
  return calls.get("a")?.id ?? "";
}

describe("dial", () => {
  test("makes a call that exists before the switch has said anything", async () => {
    const { id } = await service.dial({
      from: "1001",
      to: "02000",
      callerIdName: "Ann",
      variables: { tag: "x" },
    });
    expect(calls.get(id)).toMatchObject({
      state: "ringing",
      legs: [],
      from: { number: "1001" },
      to: { number: "02000" },
    });
    expect(control.originated.map(({ request }) => request)).toEqual([
      {
        call: id,
        from: { kind: "extension", number: "1001" },
        to: { kind: "webUser", number: "2000" },
        callerIdName: "Ann",
        callerIdNumber: null,
        timeoutSeconds: 30,
        autoAnswer: false,
        dtmfAfterAnswer: null,
        variables: { tag: "x" },
      },
    ]);
  });

  test("calls the phone first where an application was named first", async () => {
    await service.dial({ from: { app: "conference", room: "sales" }, to: "1001" });
    expect(control.originated[0]?.request).toMatchObject({
      from: { kind: "extension", number: "1001" },
      to: { kind: "app", app: "conference", room: "sales" },
    });
  });

  test("ends the call with the switch's cause when it refuses", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    control.originated[0]?.reject(new Failure("switch-refused", "busy", { cause: "USER_BUSY" }));
    await settled();
    expect(calls.get(id)).toMatchObject({ state: "ended", cause: "USER_BUSY" });
    expect(types()).toEqual(["call.created", "call.ended"]);
  });

  test.each<[string, unknown, string]>([
    ["the connection is lost", new Failure("switch-unavailable", "gone"), "NETWORK_OUT_OF_ORDER"],
    ["the switch says nothing", new Failure("not-confirmed", "no answer"), "RECOVERY_ON_TIMER_EXPIRE"],
    ["anything else fails", new Error("bug"), "NORMAL_TEMPORARY_FAILURE"],
  ])("ends the call when %s", async (_, reason, cause) => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    control.originated[0]?.reject(reason);
    await settled();
    expect(calls.get(id)).toMatchObject({ state: "ended", cause });
  });

  test("leaves the call to its legs once the first side has answered", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    const channel = { ...up, direction: "outbound", requestedCall: id } as const;
    calls.apply(event("CHANNEL_ANSWER", "a", { channel }));
    control.originated[0]?.resolve();
    await settled();
    expect(clock.pending).toEqual([]);
    expect(calls.get(id)?.state).toBe("ringing");
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "a", hangup));
    expect(calls.get(id)?.state).toBe("ended");
  });

  test("shows an application as the other side", async () => {
    const { id } = await service.dial({ from: "1001", to: { app: "conference", room: "board" } });
    expect(calls.get(id)?.to).toEqual({ number: "board", name: "conference" });
    expect(control.originated[0]?.request.to).toEqual({ kind: "app", app: "conference", room: "board" });
  });

  test.each<[string, DialRequest, string]>([
    ["an unknown extension", { from: "1001", to: "1999" }, "extension-not-found"],
    ["two applications", { from: { app: "echo" }, to: { app: "park" } }, "invalid-request"],
    ["a room with a space", { from: "1001", to: { app: "conference", room: "a b" } }, "invalid-request"],
    ["a line break in the name", { from: "1001", to: "1002", callerIdName: "a\r\nb" }, "unsafe-text"],
    ["a very long name", { from: "1001", to: "1002", callerIdName: "a".repeat(101) }, "invalid-request"],
    ["a caller's number of letters", { from: "1001", to: "1002", callerIdNumber: "x,y" }, "invalid-number"],
    ["a timeout of nothing", { from: "1001", to: "1002", timeoutSeconds: 0 }, "invalid-request"],
    ["a timeout of an hour", { from: "1001", to: "1002", timeoutSeconds: 3600 }, "invalid-request"],
    ["digits that are none", { from: "1001", to: "1002", dtmfAfterAnswer: "1;2" }, "invalid-request"],
    [
      "a variable that runs code",
      { from: "1001", to: "1002", variables: { api_on_answer: "x" } },
      "reserved-variable",
    ],
  ])("refuses %s, and makes no call of it", async (_, request, code) => {
    await expect(service.dial(request)).rejects.toMatchObject({ code });
    expect(calls.list()).toEqual([]);
    expect(control.originated).toEqual([]);
  });
});

describe("perform", () => {
  const held = { channel: { ...up, callState: "HELD" } } as const;

  test("answers as soon as the switch is asked; the outcome carries the operation", async () => {
    const id = talking();
    const asked = await service.perform("b", { verb: "hold", leg: "a" });
    expect(asked.call).toBe(id);
    expect(control.commanded.map(({ command }) => command)).toEqual([{ verb: "hold", uuid: "a" }]);
    calls.apply(event("CHANNEL_HOLD", "a", held));
    control.commanded[0]?.resolve();
    await settled();
    expect(published).toMatchObject([{ type: "call.held", data: { call: id, operation: asked.operation } }]);
    expect(clock.pending).toEqual([]);
  });

  test("an outcome that nobody asked for carries none, nor does a second one", async () => {
    talking();
    await service.perform("a", { verb: "hold" });
    calls.apply(event("CHANNEL_HOLD", "b", { channel: { ...held.channel, direction: "outbound" } }));
    calls.apply(event("CHANNEL_HOLD", "a", held));
    calls.apply(event("CHANNEL_UNHOLD", "a", { channel: up }));
    calls.apply(event("CHANNEL_HOLD", "a", held));
    expect(published.map(({ type, data }) => [type, data["leg"], data["operation"] !== undefined])).toEqual([
      ["call.held", "b", false],
      ["call.held", "a", true],
      ["call.resumed", "a", false],
      ["call.held", "a", false],
    ]);
  });

  test("a refusal is told, with the switch's cause", async () => {
    const id = talking();
    const { operation } = await service.perform(id, { verb: "park" });
    control.commanded[0]?.reject(
      new Failure("switch-refused", "no such channel", { cause: "INVALID_CALL_REFERENCE" }),
    );
    await settled();
    expect(failed()?.data).toEqual({
      operation,
      call: id,
      verb: "park",
      code: "switch-refused",
      detail: "no such channel",
      cause: "INVALID_CALL_REFERENCE",
    });
  });

  test("an outcome that does not come is told after a while", async () => {
    const { operation } = await service.perform(talking(), { verb: "hold" });
    control.commanded[0]?.resolve();
    await settled();
    clock.advance(30_000);
    expect(failed()?.data).toMatchObject({ operation, code: "not-confirmed" });
  });

  test("a command that the switch does not answer fails", async () => {
    const { operation } = await service.perform(talking(), { verb: "hold" });
    clock.advance(15_000);
    await settled();
    expect(failed()?.data).toMatchObject({ operation, code: "not-confirmed" });
  });

  test("what waits when the call ends fails; the hangup succeeds", async () => {
    const id = talking();
    const hold = await service.perform(id, { verb: "hold" });
    const end = await service.perform(id, { verb: "hangup" });
    const again = await service.perform(id, { verb: "hangup" });
    for (const uuid of ["a", "b"]) calls.apply(event("CHANNEL_HANGUP_COMPLETE", uuid, hangup));
    expect(published.find(({ type }) => type === "call.ended")?.data["operation"]).toBe(end.operation);
    const failures = published
      .filter(({ type }) => type === "operation.failed")
      .map(({ data }) => data["operation"]);
    expect(failures).toEqual([hold.operation, again.operation]);
  });

  test("hangup fails only if no leg could be hung up", async () => {
    const { operation } = await service.perform(talking(), { verb: "hangup" });
    const gone = new Failure("switch-refused", "no such channel");
    control.commanded[1]?.reject(gone);
    control.commanded[0]?.resolve();
    await settled();
    expect(failed()).toBeUndefined();
    for (const uuid of ["a", "b"]) calls.apply(event("CHANNEL_HANGUP_COMPLETE", uuid, hangup));
    expect(published.at(-1)).toMatchObject({ type: "call.ended", data: { operation } });
  });

  test("digits are done when the switch takes them", async () => {
    const id = talking();
    const { operation } = await service.perform(id, { verb: "dtmf", digits: "12#" });
    calls.apply(event("DTMF", "b", { channel: { ...up, direction: "outbound" }, detail: "5" }));
    control.commanded[0]?.resolve();
    await settled();
    expect(published.map(({ type, data }) => [type, data])).toEqual([
      ["call.dtmf", { call: id, state: "active", leg: "b", digits: "5", by: "phone" }],
      ["call.dtmf", { call: id, state: "active", leg: "b", digits: "12#", by: "api", operation }],
    ]);
  });

  test("a transfer goes to what the number resolves to, in our context", async () => {
    const id = talking();
    const { operation } = await service.perform(id, { verb: "transfer", to: "02000" });
    expect(control.commanded.map(({ command }) => command)).toEqual([
      { verb: "transfer", uuid: "a", to: "02000", context: "default" },
    ]);
    const blindTransfer = { id: "t1", to: "02000" };
    calls.apply(event("CHANNEL_UNBRIDGE", "a", { channel: { ...up, blindTransfer }, bridgedWith: "b" }));
    expect(published).toMatchObject([
      { type: "call.transferred", data: { leg: "a", to: "02000", operation } },
    ]);
  });

  test("a leg that we placed and that never talked is transferred too, when it was asked for", async () => {
    const channel = { ...up, direction: "outbound" } as const;
    calls.apply(event("CHANNEL_ANSWER", "a", { channel }));
    await service.perform("a", { verb: "transfer", to: "1003" });
    calls.apply(
      event("CALL_UPDATE", "a", { channel: { ...channel, blindTransfer: { id: "t1", to: "1003" } } }),
    );
    expect(types()).toContain("call.transferred");
  });

  test("a bridge of two calls is seen on the call that goes on", async () => {
    const id = talking();
    calls.apply(event("CHANNEL_ANSWER", "c", { channel: { ...up, createdAt: 2000 } }));
    const younger = calls.get("c")?.id ?? "";
    published.length = 0;
    const { operation } = await service.perform(younger, { verb: "bridge", with: id });
    expect(control.commanded.map(({ command }) => command)).toEqual([
      { verb: "bridge", uuid: "c", other: "a" },
    ]);
    calls.apply(event("CHANNEL_UNBRIDGE", "a", { channel: up, bridgedWith: "b" }));
    calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "c" }));
    expect(published).toMatchObject([
      { type: "call.ended", data: { call: younger, mergedInto: id } },
      { type: "call.bridged", data: { call: id, operation } },
    ]);
    // Who still holds the id of the call that became part of the other means that other.
    expect((await service.perform(younger, { verb: "hangup" })).call).toBe(id);
  });

  test("a hangup follows its call into the one that it became part of", async () => {
    const id = talking();
    calls.apply(event("CHANNEL_ANSWER", "c", { channel: { ...up, createdAt: 2000 } }));
    const { operation } = await service.perform("c", { verb: "hangup" });
    calls.apply(event("CHANNEL_BRIDGE", "c", { channel: { ...up, createdAt: 2000 }, bridgedWith: "a" }));
    for (const uuid of ["a", "b", "c"]) calls.apply(event("CHANNEL_HANGUP_COMPLETE", uuid, hangup));
    expect(published.at(-1)).toMatchObject({ type: "call.ended", data: { call: id, operation } });
  });

  test.each<[string, string, Verb, string]>([
    ["a call that does not exist", "nobody", { verb: "hangup" }, "call-not-found"],
    ["a verb that does not fit", "a", { verb: "resume" }, "verb-not-allowed"],
    ["a transfer to nobody", "a", { verb: "transfer", to: "1999" }, "extension-not-found"],
    ["a bridge with nothing", "a", { verb: "bridge", with: "nothing" }, "call-not-found"],
  ])("refuses %s without asking the switch", async (_, id, verb, code) => {
    talking();
    await expect(service.perform(id, verb)).rejects.toMatchObject({ code });
    expect(control.commanded).toEqual([]);
    expect(clock.pending).toEqual([]);
  });
});

describe("close", () => {
  test("fails what waits, stops waiting for the switch, and takes nothing more", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    talking();
    await service.perform("a", { verb: "hold" });
    await service.close();
    await service.close();
    expect(failed()?.data).toMatchObject({ code: "shutting-down" });
    expect(control.commanded[0]?.signal.aborted).toBe(true);
    expect(control.originated[0]?.signal.aborted).toBe(true);
    // The switch goes on with it, and the next start meets its legs under this id.
    expect(calls.get(id)?.state).toBe("ringing");
    expect(clock.pending).toEqual([]);
    await expect(service.dial({ from: "1001", to: "1002" })).rejects.toMatchObject({ code: "shutting-down" });
    await expect(service.perform("a", { verb: "hangup" })).rejects.toMatchObject({ code: "shutting-down" });
  });
});

test("too many operations at a time are refused", async () => {
  talking();
  for (let count = 0; count < 1000; count += 1) await service.perform("a", { verb: "hold" });
  await expect(service.perform("a", { verb: "hold" })).rejects.toMatchObject({ code: "rate-limited" });
});

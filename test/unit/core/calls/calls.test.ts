import { describe, expect, test } from "vitest";
import { ledger } from "./streams.ts";
import { hangup, node, snapshot, switchProcess } from "./synthetic.ts";

const types = (published: readonly { type: string }[]): string[] => published.map(({ type }) => type);
const request = {
  id: "asked",
  from: { number: "1001", name: "" },
  to: { number: "1002", name: "" },
  node,
  time: 1000,
};

describe("lost events", () => {
  test("a leg whose CREATE was lost is met at its next event", () => {
    const { calls } = ledger();
    calls.apply(
      switchProcess()("CHANNEL_ANSWER", "a", { channel: { callState: "ACTIVE", answeredAt: 1500 } }),
    );
    expect(calls.get("a")).toMatchObject({
      state: "active",
      answeredAt: 1500,
      from: { number: "1001", name: "Ann" },
    });
  });

  test("a leg whose HANGUP was lost ends when the switch says that it is gone", () => {
    const { calls, published } = ledger();
    calls.apply(switchProcess()("CHANNEL_CREATE", "a"));
    calls.confirmGone(node, ["a", "never-met"], 2000);
    expect(calls.get("a")).toMatchObject({ state: "ended", cause: "NORMAL_UNSPECIFIED", endedAt: 2000 });
    expect(types(published)).toEqual(["call.created", "call.ended"]);
  });

  test("the switch's own word of the end, come late, replaces the guess and is not told again", () => {
    const { calls, published } = ledger();
    const event = switchProcess();
    const late = event("CHANNEL_CREATE", "a");
    const end = event("CHANNEL_HANGUP_COMPLETE", "a", { ...hangup, cause: "USER_BUSY" });
    calls.apply(late);
    calls.confirmGone(node, ["a"], 2000);
    calls.apply(end);
    expect(calls.get("a")?.cause).toBe("USER_BUSY");
    expect(types(published)).toEqual(["call.created", "call.ended"]);
  });

  test("uuids of another switch are not confirmed gone", () => {
    const { calls } = ledger();
    calls.apply(switchProcess()("CHANNEL_CREATE", "a"));
    calls.confirmGone("other:8021", ["a"], 2000);
    expect(calls.liveLegs(node)).toEqual(["a"]);
    expect(calls.liveLegs("other:8021")).toEqual([]);
  });
});

describe("what one event tells, when the others are lost", () => {
  const callee = { direction: "outbound" } as const;

  test("PROGRESS alone tells that a phone rings", () => {
    const { calls, published } = ledger();
    calls.apply(switchProcess()("CHANNEL_PROGRESS", "a", { channel: { ...callee, callState: "DOWN" } }));
    expect(types(published)).toEqual(["call.created", "call.ringing"]);
  });

  test("HANGUP_COMPLETE alone ends a leg, whatever state it shows", () => {
    const { calls } = ledger();
    calls.apply(switchProcess()("CHANNEL_HANGUP_COMPLETE", "a", { channel: { callState: "" } }));
    expect(calls.get("a")?.state).toBe("ended");
  });

  test("a bridge takes a leg out of its parking place", () => {
    const { calls } = ledger();
    const event = switchProcess();
    const up = { callState: "ACTIVE", answeredAt: 900 };
    calls.apply(event("CHANNEL_PARK", "a", { channel: up }));
    expect(calls.get("a")?.state).toBe("parked");
    calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "b" }));
    expect(calls.get("a")?.legs[0]?.state).toBe("active");
  });

  test("a leg is known to be ours as soon as any event says so", () => {
    const { calls } = ledger();
    const event = switchProcess();
    calls.request(request);
    calls.apply(event("CHANNEL_CALLSTATE", "a", { channel: callee }));
    expect(calls.get("a")?.id).not.toBe("asked");
    calls.apply(event("CHANNEL_PROGRESS", "a", { channel: { ...callee, requestedCall: "asked" } }));
    expect(calls.get("a")?.id).toBe("asked");
  });
});

describe("a leg that ends", () => {
  const event = switchProcess();
  const up = { callState: "ACTIVE", answeredAt: 900 };

  test.each([
    ["held", event("CHANNEL_HOLD", "a", { channel: { ...up, callState: "HELD" } })],
    ["parked", event("CHANNEL_PARK", "a", { channel: up })],
  ])("while it is %s is neither resumed nor unparked", (state, before) => {
    const { calls, published } = ledger();
    calls.apply(before);
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "a", hangup));
    expect(types(published)).toEqual(["call.created", "call.answered", `call.${state}`, "call.ended"]);
  });

  test("is bridged with nobody any more, and nobody with it", () => {
    const { calls } = ledger();
    calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "b" }));
    calls.apply(event("CHANNEL_ANSWER", "b", { channel: { ...up, direction: "outbound" } }));
    expect(calls.get("a")?.legs.map(({ bridgedWith }) => bridgedWith)).toEqual(["b", "a"]);
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "b", hangup));
    expect(calls.get("a")).toMatchObject({ state: "active", legs: [{ bridgedWith: null }, { uuid: "b" }] });
  });
});

test("a call of which one leg is parked and two talk is active", () => {
  const { calls } = ledger();
  const event = switchProcess();
  const up = { callState: "ACTIVE", answeredAt: 900 };
  calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "b" }));
  calls.apply(event("CHANNEL_ANSWER", "b", { channel: { ...up, direction: "outbound" } }));
  calls.apply(event("CHANNEL_PARK", "c", { channel: { ...up, relatedTo: "a" } }));
  expect(calls.get("c")).toMatchObject({ state: "active", legs: { length: 3 } });
});

test("of two calls that become one the older id stays, whichever was met first", () => {
  const { calls, published } = ledger();
  const event = switchProcess();
  calls.apply(event("CHANNEL_CREATE", "young", { channel: { createdAt: 5000 } }));
  calls.apply(event("CHANNEL_CREATE", "old", { channel: { createdAt: 1000 } }));
  const id = calls.get("old")?.id;
  calls.apply(event("CHANNEL_BRIDGE", "young", { channel: { createdAt: 5000 }, bridgedWith: "old" }));
  expect(calls.get("young")?.id).toBe(id);
  const merged = published.find(({ type }) => type === "call.ended")?.data;
  expect(merged).toMatchObject({ call: "call-1", cause: "MERGED", mergedInto: id });
  expect(calls.get("call-1")).toMatchObject({ state: "ended", cause: "MERGED", mergedInto: id, legs: [] });
});

describe("resync", () => {
  test("unknown legs join, bridged as the switch says; missing legs end", () => {
    const { calls } = ledger();
    calls.apply(switchProcess()("CHANNEL_CREATE", "gone"));
    const up = { callState: "ACTIVE", answeredAt: 900 };
    const channels = [
      snapshot("a", { bridgedWith: "b", facts: { ...up, relatedTo: "b" } }),
      snapshot("b", { bridgedWith: "a", facts: { ...up, direction: "outbound", relatedTo: "a" } }),
      snapshot("c", { parked: true, facts: up }),
    ];
    calls.resync(node, "core-1", channels, 3000);
    expect(calls.get("gone")).toMatchObject({ state: "ended", cause: "NORMAL_UNSPECIFIED" });
    expect(calls.get("a")).toMatchObject({
      state: "active",
      legs: [{ bridgedWith: "b" }, { bridgedWith: "a" }],
    });
    expect(calls.get("a")?.id).toBe(calls.get("b")?.id);
    expect(calls.get("c")?.state).toBe("parked");
  });

  test("what was met after the snapshot was begun is spared", () => {
    const { calls } = ledger();
    const event = switchProcess();
    calls.apply(event("CHANNEL_CREATE", "old"));
    const since = calls.mark();
    calls.apply(event("CHANNEL_CREATE", "new"));
    calls.resync(node, "core-1", [], 3000, since);
    expect(calls.liveLegs(node)).toEqual(["new"]);
  });

  test("a channel that is hanging up waits for its own event, and is not met so late", () => {
    const { calls } = ledger();
    calls.apply(switchProcess()("CHANNEL_CREATE", "known"));
    const channels = ["known", "unknown"].map((uuid) => snapshot(uuid, { facts: { callState: "HANGUP" } }));
    calls.resync(node, "core-1", channels, 3000);
    expect(calls.liveLegs(node)).toEqual(["known"]);
    expect(calls.get("unknown")).toBeUndefined();
  });

  test("corrects a hold and a bridge whose end was lost", () => {
    const { calls, published } = ledger();
    const event = switchProcess();
    const up = { callState: "ACTIVE", answeredAt: 900 };
    calls.apply(event("CHANNEL_BRIDGE", "a", { channel: up, bridgedWith: "b" }));
    calls.apply(
      event("CHANNEL_BRIDGE", "b", { channel: { ...up, direction: "outbound" }, bridgedWith: "a" }),
    );
    calls.apply(event("CHANNEL_HOLD", "a", { channel: { ...up, callState: "HELD" } }));
    calls.resync(node, "core-1", [snapshot("a", { facts: up }), snapshot("b", { facts: up })], 3000);
    expect(calls.get("a")).toMatchObject({
      state: "active",
      legs: [{ bridgedWith: null }, { bridgedWith: null }],
    });
    expect(types(published)).toEqual([
      "call.created",
      "call.answered",
      "call.bridged",
      "call.held",
      "call.resumed",
    ]);
  });

  test("by another process of the switch ends every older leg", () => {
    const { calls } = ledger();
    calls.apply(switchProcess("core-1")("CHANNEL_CREATE", "a"));
    calls.resync(node, "core-2", [], 3000);
    expect(calls.get("a")?.cause).toBe("CRASH");
  });
});

describe("a restarted switch", () => {
  test("is noticed at the first event of its new process", () => {
    const { calls, published } = ledger();
    calls.apply(switchProcess("core-1")("CHANNEL_CREATE", "a"));
    calls.apply(switchProcess("core-2", 500)("CHANNEL_CREATE", "b"));
    expect(calls.liveLegs(node)).toEqual(["b"]);
    expect(types(published)).toEqual(["call.created", "call.ended", "call.created"]);
  });

  test("is not revived by an event of its old process that comes late", () => {
    const { calls } = ledger();
    const [old, fresh] = [switchProcess("core-1"), switchProcess("core-2", 500)];
    const late = [old("CHANNEL_CREATE", "a"), old("CHANNEL_CREATE", "c")] as const;
    calls.apply(late[0]);
    calls.apply(fresh("CHANNEL_CREATE", "b"));
    calls.apply(late[1]);
    expect(calls.liveLegs(node)).toEqual(["b"]);
    expect(calls.get("c")).toMatchObject({ state: "ended", cause: "CRASH" });
  });

  test("may take up its channels again, uuids and all", () => {
    const { calls } = ledger();
    calls.apply(switchProcess("core-1")("CHANNEL_CREATE", "a"));
    calls.coreChanged(node, "core-2", 2000);
    const id = calls.get("a")?.id;
    calls.apply(switchProcess("core-2")("CHANNEL_CREATE", "a"));
    expect(calls.get("a")).toMatchObject({ id, state: "ringing" });
  });
});

describe("a call that was asked for", () => {
  test("exists before its first leg", () => {
    const { calls, published } = ledger();
    calls.request(request);
    expect(calls.get("asked")).toMatchObject({ state: "ringing", legs: [], node, from: { number: "1001" } });
    expect(published).toEqual([
      {
        type: "call.created",
        time: 1000,
        node,
        data: { call: "asked", state: "ringing", from: request.from, to: request.to },
      },
    ]);
  });

  test("that was accepted and of which no leg is ever seen is given up at a resync", () => {
    const { calls } = ledger();
    calls.request(request);
    calls.requestAccepted("asked", 1100);
    const before = calls.mark();
    calls.resync(node, "core-1", [], 3000, before - 1);
    expect(calls.get("asked")?.state).toBe("ringing");
    calls.resync(node, "core-1", [], 3000, before);
    expect(calls.get("asked")).toMatchObject({ state: "ended", cause: "NORMAL_UNSPECIFIED" });
  });

  test("that failed, and whose leg turns up all the same, goes on as that call and ends with it", () => {
    const { calls, published } = ledger();
    const event = switchProcess();
    calls.request(request);
    calls.requestFailed("asked", "NETWORK_OUT_OF_ORDER", 1500);
    expect(calls.get("asked")).toMatchObject({
      state: "ended",
      cause: "NETWORK_OUT_OF_ORDER",
      endedAt: 1500,
    });
    calls.apply(event("CHANNEL_CREATE", "a", { channel: { direction: "outbound", requestedCall: "asked" } }));
    expect(calls.get("asked")?.state).toBe("ringing");
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "a", hangup));
    expect(calls.get("asked")).toMatchObject({ state: "ended", cause: "NORMAL_CLEARING" });
    expect(types(published)).toEqual(["call.created", "call.ended", "call.ringing", "call.ended"]);
  });

  test("keeps its id over a restart of Patchcord", () => {
    const { calls } = ledger();
    calls.resync(node, "core-1", [snapshot("a", { facts: { requestedCall: "asked" } })], 3000);
    expect(calls.get("a")?.id).toBe("asked");
  });

  test("with a single side is answered by that side", () => {
    const { calls } = ledger();
    calls.request({ ...request, awaitsCallee: false });
    const channel = {
      direction: "outbound",
      requestedCall: "asked",
      callState: "ACTIVE",
      answeredAt: 1200,
    } as const;
    calls.apply(switchProcess()("CHANNEL_ANSWER", "a", { channel }));
    expect(calls.get("asked")).toMatchObject({ state: "active", answeredAt: 1200 });
  });
});

describe("memory", () => {
  test("the longest ended calls are forgotten, and nothing revives them", () => {
    const { calls, published } = ledger({ retainEnded: 2 });
    const event = switchProcess();
    const first = event("CHANNEL_CREATE", "leg-0");
    calls.apply(first);
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "leg-0", hangup));
    for (const number of [1, 2, 3]) {
      calls.apply(event("CHANNEL_CREATE", `leg-${number}`));
      calls.apply(event("CHANNEL_HANGUP_COMPLETE", `leg-${number}`, hangup));
    }
    expect(calls.list().map(({ id }) => id)).toEqual(["call-4", "call-3"]);
    const before = published.length;
    calls.apply(first);
    expect(calls.get("leg-0")).toBeUndefined();
    expect(published).toHaveLength(before);
    calls.apply(event("CHANNEL_CREATE", "leg-4", { channel: { relatedTo: "leg-0" } }));
    expect(calls.get("leg-0")).toBeUndefined();
  });

  test("a timeline keeps its beginning and its latest entries", () => {
    const { calls } = ledger();
    const event = switchProcess();
    const up = { callState: "ACTIVE", answeredAt: 900 };
    for (let count = 0; count < 400; count += 1) {
      calls.apply(event("CHANNEL_HOLD", "a", { channel: { ...up, callState: "HELD" } }));
      calls.apply(event("CHANNEL_UNHOLD", "a", { channel: up }));
    }
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "a", hangup));
    const timeline = types(calls.timeline("call-1"));
    expect(timeline).toHaveLength(500);
    expect([timeline[0], timeline.at(-1)]).toEqual(["call.created", "call.ended"]);
  });

  test("live calls are never forgotten", () => {
    const { calls } = ledger({ retainEnded: 1 });
    const event = switchProcess();
    for (let number = 0; number < 20; number += 1) calls.apply(event("CHANNEL_CREATE", `leg-${number}`));
    expect(calls.list({ live: true })).toHaveLength(20);
  });
});

describe("lists", () => {
  test("the latest first, by state and liveness", () => {
    const { calls } = ledger();
    const event = switchProcess();
    for (const uuid of ["a", "b", "c"]) calls.apply(event("CHANNEL_CREATE", uuid));
    calls.apply(event("CHANNEL_HANGUP_COMPLETE", "b", hangup));
    const ids = (filter: Parameters<typeof calls.list>[0]): string[] =>
      calls.list(filter).map(({ id }) => id);
    expect(ids({})).toEqual(["call-3", "call-2", "call-1"]);
    expect(ids({ live: true })).toEqual(["call-3", "call-1"]);
    expect(ids({ live: false })).toEqual(["call-2"]);
    expect(ids({ state: "ended" })).toEqual(["call-2"]);
    expect(ids({ state: "held" })).toEqual([]);
    for (const filter of [{}, { live: true }, { state: "ended" }] as const)
      expect(new Set(calls.ids(filter))).toEqual(new Set(ids(filter)));
  });
});

test("an event carries the operation that asked for it", () => {
  const { calls, published } = ledger();
  calls.attributeBy(({ type, call, leg }) =>
    type === "call.held" && leg === "a" ? `${call}-hold` : undefined,
  );
  const event = switchProcess();
  const up = { callState: "ACTIVE", answeredAt: 900 };
  calls.apply(event("CHANNEL_ANSWER", "a", { channel: up }));
  calls.apply(event("CHANNEL_HOLD", "a", { channel: { ...up, callState: "HELD" } }));
  expect(published.map(({ type, data }) => [type, data["operation"]])).toEqual([
    ["call.created", undefined],
    ["call.answered", undefined],
    ["call.held", "call-1-hold"],
  ]);
});

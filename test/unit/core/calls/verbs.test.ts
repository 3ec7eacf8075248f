import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import type { Call, CallState, ChannelCommand, Leg, Verb } from "../../../../src/core/calls/index.ts";
import { allowedVerbs, plan } from "../../../../src/core/calls/verbs.ts";

function leg(uuid: string, state: CallState, given: Partial<Leg> = {}): Leg {
  return {
    uuid,
    direction: "inbound",
    number: "1001",
    name: "",
    state,
    codec: null,
    media: null,
    bridgedWith: null,
    startedAt: 1000,
    answeredAt: ["active", "held", "parked"].includes(state) ? 1500 : null,
    endedAt: null,
    cause: null,
    reference: null,
    ...given,
  };
}

function call(state: CallState, legs: readonly Leg[], given: Partial<Call> = {}): Call {
  return {
    id: "call",
    state,
    from: { number: "1001", name: "" },
    to: { number: "1002", name: "" },
    startedAt: 1000,
    answeredAt: null,
    endedAt: null,
    cause: null,
    mergedInto: null,
    node: "lab:8021",
    legs,
    ...given,
  };
}

const callee = { direction: "outbound" } as const;
const calls = {
  asked: call("ringing", []),
  ringing: call("ringing", [leg("a", "ringing"), leg("b", "ringing", callee)]),
  early: call("early", [leg("a", "early"), leg("b", "early", callee)]),
  active: call("active", [
    leg("a", "active", { bridgedWith: "b" }),
    leg("b", "active", { ...callee, bridgedWith: "a" }),
  ]),
  held: call("held", [leg("a", "active"), leg("b", "held", callee)]),
  parked: call("parked", [leg("a", "parked"), leg("b", "ended", callee)]),
  ended: call("ended", [leg("a", "ended"), leg("b", "ended", callee)]),
};

describe("what fits a call", () => {
  test.each<[keyof typeof calls, string]>([
    ["asked", "hangup"],
    ["ringing", "hangup answer"],
    ["early", "hangup answer"],
    ["active", "hangup hold transfer bridge park dtmf"],
    ["held", "hangup hold resume transfer bridge park dtmf"],
    ["parked", "hangup transfer bridge dtmf"],
    ["ended", ""],
  ])("%s: %s", (name, verbs) => {
    expect(allowedVerbs(calls[name]).join(" ")).toBe(verbs);
  });

  const asked: Verb[] = [
    { verb: "hangup" },
    { verb: "answer" },
    { verb: "hold" },
    { verb: "resume" },
    { verb: "transfer", to: "1003" },
    { verb: "bridge", with: "other" },
    { verb: "park" },
    { verb: "dtmf", digits: "1" },
  ];
  const other = call("active", [leg("c", "active")], { id: "other" });
  const o = { other, destination: { number: "1003", context: "default" } };

  test.each(Object.entries(calls))(
    "%s: these and no others, refused with the state and what is allowed",
    (_, subject) => {
      const allowed = allowedVerbs(subject);
      for (const verb of asked.filter(({ verb }) => allowed.includes(verb))) {
        const legs = verb.verb === "hangup" ? liveLegs(subject) : 1;
        expect(plan(subject, verb, o).commands).toHaveLength(legs);
      }
      for (const verb of asked.filter(({ verb }) => !allowed.includes(verb))) {
        const refused = failureOf(() => plan(subject, verb, o));
        expect(refused).toMatchObject({ code: "verb-not-allowed", extra: { state: subject.state, allowed } });
      }
    },
  );
});

const liveLegs = ({ legs }: Call): number => legs.filter(({ state }) => state !== "ended").length;

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const sentOn = (uuid: string): ChannelCommand => ({
  verb: "transfer",
  uuid,
  to: "1003",
  context: "default",
});

describe("which leg is meant when none is named", () => {
  // Legs of calls that became one.
  const couples = call("active", [
    leg("a", "active", { bridgedWith: "b" }),
    leg("b", "active", { ...callee, bridgedWith: "a" }),
    leg("c", "active", { bridgedWith: "d" }),
    leg("d", "active", { ...callee, bridgedWith: "c" }),
  ]);
  const to = { number: "1003", context: "default" };
  test.each<[string, Call, Verb, object]>([
    ["the caller holds", calls.active, { verb: "hold" }, { verb: "hold", uuid: "a" }],
    ["who is on hold resumes", calls.held, { verb: "resume" }, { verb: "resume", uuid: "b" }],
    ["the caller is sent on", calls.active, { verb: "transfer", to: "1003" }, sentOn("a")],
    [
      "the caller's leg, named, is sent on",
      calls.active,
      { verb: "transfer", leg: "a", to: "1003" },
      sentOn("a"),
    ],
    [
      "the callee's leg, named, is sent on",
      calls.active,
      { verb: "transfer", leg: "b", to: "1003" },
      sentOn("b"),
    ],
    ["the oldest of several couples is sent on", couples, { verb: "transfer", to: "1003" }, sentOn("a")],
    ["who talks with nobody is sent on", calls.parked, { verb: "transfer", to: "1003" }, sentOn("a")],
    ["the caller is parked", calls.active, { verb: "park" }, { verb: "park", uuid: "a" }],
    [
      "the callee hears digits",
      calls.active,
      { verb: "dtmf", digits: "12#" },
      { verb: "dtmf", uuid: "b", digits: "12#" },
    ],
    ["the caller is answered", calls.ringing, { verb: "answer" }, { verb: "answer", uuid: "a" }],
    ["a named leg is taken", calls.active, { verb: "hold", leg: "b" }, { verb: "hold", uuid: "b" }],
  ])("%s", (_, subject, verb, command) => {
    expect(plan(subject, verb, { destination: to }).commands).toEqual([command]);
  });

  test("hangup takes every live leg, with the cause", () => {
    expect(plan(calls.parked, { verb: "hangup", cause: "USER_BUSY" }).commands).toEqual([
      { verb: "hangup", uuid: "a", cause: "USER_BUSY" },
    ]);
    expect(plan(calls.active, { verb: "hangup" }).commands).toEqual([
      { verb: "hangup", uuid: "a", cause: "NORMAL_CLEARING" },
      { verb: "hangup", uuid: "b", cause: "NORMAL_CLEARING" },
    ]);
  });
});

describe("a leg that is named", () => {
  test("and is none of the call's is not found", () => {
    expect(failureOf(() => plan(calls.active, { verb: "hold", leg: "z" })).code).toBe("leg-not-found");
  });

  test("and is in another state is refused", () => {
    const refused = failureOf(() => plan(calls.held, { verb: "resume", leg: "a" }));
    expect(refused).toMatchObject({ code: "verb-not-allowed", extra: { state: "held" } });
    expect(refused.detail).toContain("leg a is active");
  });
});

describe("bridge", () => {
  const other = call("active", [leg("c", "active"), leg("d", "active", callee)], { id: "other" });

  test("connects the callers of the two", () => {
    const { commands, outcome } = plan(calls.active, { verb: "bridge", with: "other" }, { other });
    expect(commands).toEqual([{ verb: "bridge", uuid: "a", other: "c" }]);
    expect(outcome).toEqual({ type: "call.bridged", legs: ["a", "c"] });
  });

  test("connects with the leg that is named", () => {
    const { commands } = plan(calls.active, { verb: "bridge", with: "d" }, { other });
    expect(commands).toEqual([{ verb: "bridge", uuid: "a", other: "d" }]);
  });

  test("connects two legs of one call", () => {
    const apart = call("parked", [leg("a", "parked"), leg("b", "parked", callee)]);
    const { commands } = plan(apart, { verb: "bridge", with: "b" }, { other: apart });
    expect(commands).toEqual([{ verb: "bridge", uuid: "a", other: "b" }]);
  });

  test.each<[string, Call | undefined, string]>([
    ["no such call", undefined, "call-not-found"],
    ["a call that has ended", calls.ended, "verb-not-allowed"],
    ["a call on another switch", { ...other, node: "elsewhere:8021" }, "verb-not-allowed"],
    ["whom it talks with already", calls.active, "verb-not-allowed"],
  ])("refuses %s", (_, given, code) => {
    const o = given === undefined ? {} : { other: given };
    expect(failureOf(() => plan(calls.active, { verb: "bridge", with: "b" }, o)).code).toBe(code);
  });
});

test.each(["", "12E", "1\n2", "1".repeat(65)])("digits %j are refused", (digits) => {
  expect(failureOf(() => plan(calls.active, { verb: "dtmf", digits })).code).toBe("invalid-request");
});

test.each(["BOGUS", "normal_clearing", "NORMAL_CLEARING\napi status"])("cause %j is refused", (cause) => {
  expect(failureOf(() => plan(calls.active, { verb: "hangup", cause })).code).toBe("invalid-request");
});

import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import type { ChannelEvent } from "../../../../src/core/calls/index.ts";
import { ledger } from "./streams.ts";
import { node, switchProcess } from "./synthetic.ts";

const party = (number: string) => ({ number, name: "" });
const request = { id: "asked", from: party("1001"), to: party("1002"), node, time: 900 };

const placed = { direction: "outbound", requestedCall: "asked" } as const;
const answered = (answeredAt: number) => ({ callState: "ACTIVE", answeredAt });

/** Two phones on 1001 ring, and the second answers. */
function firstSide(event: ReturnType<typeof switchProcess>): ChannelEvent[] {
  return [
    event("CHANNEL_CREATE", "a1", { channel: { ...placed, callState: "DOWN" } }),
    event("CHANNEL_CREATE", "a2", { channel: { ...placed, callState: "DOWN" } }),
    event("CHANNEL_PROGRESS", "a1", { channel: placed }),
    event("CHANNEL_PROGRESS", "a2", { channel: placed }),
    event("CHANNEL_ANSWER", "a2", { channel: { ...placed, ...answered(1500) } }),
    event("CHANNEL_HANGUP_COMPLETE", "a1", {
      channel: { ...placed, callState: "HANGUP" },
      cause: "LOSE_RACE",
    }),
  ];
}

/** 1002 rings on behalf of the phone that answered, and answers. */
function secondSide(event: ReturnType<typeof switchProcess>): [ringing: ChannelEvent[], ChannelEvent[]] {
  const callee = { ...placed, createdAt: 1600, relatedTo: "a2", originator: "a2" };
  const up = answered(1900);
  return [
    [
      event("CHANNEL_CREATE", "b", { channel: { ...callee, callState: "DOWN" } }),
      event("CHANNEL_PROGRESS", "b", { channel: callee }),
    ],
    [
      event("CHANNEL_ANSWER", "b", { channel: { ...callee, ...up } }),
      event("CHANNEL_BRIDGE", "a2", { channel: { ...placed, ...answered(1500) }, bridgedWith: "b" }),
    ],
  ];
}

describe("a first side of two phones", () => {
  test("has not answered the call when one of them answers, the callee has", () => {
    const { calls, published } = ledger();
    const event = switchProcess();
    calls.request(request);
    for (const told of firstSide(event)) calls.apply(told);
    calls.requestAccepted("asked", 1510);
    expect(calls.get("asked")).toMatchObject({ state: "ringing", answeredAt: null });
    const [ringing, answers] = secondSide(event);
    for (const told of ringing) calls.apply(told);
    expect(calls.get("asked")).toMatchObject({ state: "ringing", answeredAt: null });
    for (const told of answers) calls.apply(told);
    expect(calls.get("asked")).toMatchObject({ state: "active", answeredAt: 1900 });
    expect(published.filter(({ type }) => type === "call.answered")).toHaveLength(1);
  });

  test("whatever order its events come in", () => {
    const event = switchProcess();
    const told = [...firstSide(event), ...secondSide(event)[0]];
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (shuffled) => {
        const { calls, published } = ledger();
        calls.request(request);
        for (const one of shuffled) calls.apply(one);
        expect(calls.get("asked")).toMatchObject({ state: "ringing", answeredAt: null });
        expect(published.map(({ type }) => type)).not.toContain("call.answered");
      }),
    );
  });

  test.each([
    ["that is to hear an application", true],
    ["of a call that was asked for before Patchcord started", false],
  ])("%s answers the call by either phone", (_, asked) => {
    const { calls } = ledger();
    if (asked) calls.request({ ...request, awaitsCallee: false });
    for (const told of firstSide(switchProcess())) calls.apply(told);
    expect(calls.get("asked")).toMatchObject({ state: "active", answeredAt: 1500 });
  });
});

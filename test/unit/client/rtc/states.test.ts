import { expect, test } from "vitest";
import { isOver, mayMove } from "../../../../src/client/sdk/rtc/states.ts";
import type { IncomingState, OutgoingState } from "../../../../src/core/invitations/index.ts";
import { incoming, outgoing } from "../../../../src/core/invitations/transitions.ts";

const states = [
  "idle",
  "sent",
  "received",
  "acceptSent",
  "accepted",
  "refused",
  "canceled",
  "failed",
] as const;

test("an outgoing invitation moves as Patchcord's own machine does", () => {
  for (const from of Object.keys(outgoing) as OutgoingState[])
    for (const to of states)
      expect([from, to, mayMove("outgoing", from, to)]).toEqual([
        from,
        to,
        outgoing[from].to.includes(to as OutgoingState),
      ]);
});

test("an incoming invitation moves as Patchcord's own machine does", () => {
  for (const from of Object.keys(incoming) as IncomingState[])
    for (const to of states)
      expect([from, to, mayMove("incoming", from, to)]).toEqual([
        from,
        to,
        incoming[from].to.includes(to as IncomingState),
      ]);
});

test("what is over has no way out, and an answered call is not over", () => {
  expect(states.filter(isOver)).toEqual(["refused", "canceled", "failed"]);
  for (const direction of ["outgoing", "incoming"] as const)
    for (const from of states.filter(isOver))
      for (const to of states) expect(mayMove(direction, from, to)).toBe(false);
});

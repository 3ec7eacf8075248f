import * as fc from "fast-check";
import { decodeTime, isValid } from "ulid";
import { expect, test } from "vitest";
import { callIdOf } from "../../../../src/core/calls/call-id.ts";
import { Calls } from "../../../../src/core/calls/index.ts";
import { node, switchProcess } from "./synthetic.ts";

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("is a ULID that tells when the call began", () => {
  fc.assert(
    fc.property(fc.uuid(), time, (uuid, createdAt) => {
      const id = callIdOf(uuid, createdAt);
      expect(isValid(id)).toBe(true);
      expect(decodeTime(id)).toBe(createdAt);
      expect(callIdOf(uuid, createdAt)).toBe(id);
    }),
  );
});

test("differs between legs, and sorts by their creation", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), time, time, (one, two, early, late) => {
      fc.pre(one !== two && early < late);
      expect(callIdOf(one, early)).not.toBe(callIdOf(two, early));
      expect(callIdOf(one, early) < callIdOf(two, late)).toBe(true);
    }),
  );
});

test("takes whatever time a switch tells", () => {
  for (const odd of [-1, 0.5, 2 ** 60, Number.POSITIVE_INFINITY])
    expect(isValid(callIdOf("u", odd))).toBe(true);
});

test("is the same for a ledger that was there from the start and one that finds the call going on", () => {
  const event = switchProcess();
  const caller = event("CHANNEL_CREATE", "a");
  const callee = event("CHANNEL_CREATE", "b", { channel: { createdAt: 2000, relatedTo: "a" } });
  const watching = new Calls({ publish: () => undefined });
  for (const one of [caller, callee]) watching.apply(one);
  const started = new Calls({ publish: () => undefined });
  const channels = [callee, caller].map(({ channel }) => ({ channel, bridgedWith: null, parked: false }));
  started.resync(node, "core-1", channels, 3000);
  expect(started.list().map(({ id }) => id)).toEqual(watching.list().map(({ id }) => id));
});

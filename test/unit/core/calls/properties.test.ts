import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChannelEvent } from "../../../../src/core/calls/index.ts";
import { eventsOf, ledger, namer, node, outcomeOf, recording, recordings, told } from "./streams.ts";

const runs = { numRuns: 25 };

function outcomeAfter(events: readonly ChannelEvent[], name: (uuid: unknown) => string): unknown[] {
  const { calls } = ledger();
  for (const event of events) calls.apply(event);
  return outcomeOf(calls, name);
}

/** Moves every event by at most so many places. */
const shaken = (events: readonly ChannelEvent[], distance: number): fc.Arbitrary<ChannelEvent[]> =>
  fc
    .array(fc.double({ min: 0, max: distance, noNaN: true }), {
      minLength: events.length,
      maxLength: events.length,
    })
    .map((delays) =>
      events
        .map((event, index) => ({ event, at: index + (delays[index] ?? 0) }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ event }) => event),
    );

describe.each(recordings)("%s", (recorded) => {
  const events = eventsOf(recorded);
  const name = namer(events);
  const inOrder = outcomeAfter(events, name);

  test("ends every call", () => {
    const { calls } = ledger();
    for (const event of events) calls.apply(event);
    expect(calls.list({ live: true })).toEqual([]);
    expect(calls.liveLegs(node)).toEqual([]);
  });

  test("events told again change nothing and are not told on", () => {
    const once = ledger();
    for (const event of events) once.calls.apply(event);
    fc.assert(
      fc.property(fc.array(fc.nat(events.length), { maxLength: 60 }), (repeats) => {
        const again = ledger();
        for (const [index, event] of events.entries()) {
          again.calls.apply(event);
          for (const repeated of repeats.filter((number) => number <= index)) {
            const old = events[repeated];
            if (old) again.calls.apply(old);
          }
        }
        expect(told(again.published, name)).toEqual(told(once.published, name));
        expect(outcomeOf(again.calls, name)).toEqual(inOrder);
      }),
      runs,
    );
  });

  test("neighbours that changed places lead to the same calls", () => {
    fc.assert(
      fc.property(shaken(events, 5), (reordered) => {
        expect(outcomeAfter(reordered, name)).toEqual(inOrder);
      }),
      runs,
    );
  });

  test("any order leads to the same calls", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (permuted) => {
        expect(outcomeAfter(permuted, name)).toEqual(inOrder);
      }),
      runs,
    );
  });

  test("with any one event lost nothing is stuck once the switch says that it has no channels", () => {
    for (const lost of events.keys()) {
      const { calls, published } = ledger();
      for (const event of events.toSpliced(lost, 1)) calls.apply(event);
      calls.resync(node, events.at(-1)?.core ?? "", [], (events.at(-1)?.time ?? 0) + 1);
      expect(calls.list({ live: true })).toEqual([]);
      const ends = published.filter(({ type }) => type === "call.ended").map(({ data }) => data["call"]);
      expect(ends).toHaveLength(new Set(ends).size);
      expect(new Set(ends)).toEqual(new Set(calls.list().map(({ id }) => id)));
    }
  });

  test("a snapshot in the middle changes nothing", () => {
    const { calls, published } = ledger();
    const plain = ledger();
    for (const step of recording(recorded)) {
      if ("event" in step) {
        calls.apply(step.event);
        plain.calls.apply(step.event);
      } else calls.resync(node, step.core, step.snapshot, step.time);
    }
    expect(outcomeOf(calls, name)).toEqual(inOrder);
    expect(told(published, name)).toEqual(told(plain.published, name));
  });

  test("a snapshot that comes later than events it does not hold changes nothing", () => {
    const steps = recording(recorded);
    for (const [start, step] of steps.entries()) {
      if ("event" in step) continue;
      for (const delay of [1, 3, 8, steps.length]) {
        const { calls } = ledger();
        let since = 0;
        for (const [index, later] of steps.entries()) {
          if (index === start) since = calls.mark();
          if ("event" in later) calls.apply(later.event);
          if (index === Math.min(start + delay, steps.length - 1)) {
            calls.resync(node, step.core, step.snapshot, step.time, since);
          }
        }
        expect(outcomeOf(calls, name)).toEqual(inOrder);
      }
    }
  });
});

describe.each(recordings.filter((name) => recording(name).some((step) => "snapshot" in step)))(
  "%s",
  (recorded) => {
    test("whoever joins at a snapshot ends with the same legs in no more calls", () => {
      const steps = recording(recorded);
      const events = eventsOf(recorded);
      const name = namer(events);
      for (const [start, step] of steps.entries()) {
        if ("event" in step) continue;
        const { calls } = ledger();
        calls.resync(node, step.core, step.snapshot, step.time);
        expect(calls.liveLegs(node).toSorted()).toEqual(
          step.snapshot.map(({ channel }) => channel.uuid).toSorted(),
        );
        for (const later of steps.slice(start + 1)) if ("event" in later) calls.apply(later.event);
        expect(calls.list({ live: true })).toEqual([]);
        const whole = outcomeAfter(events, name).length;
        expect(outcomeOf(calls, name).length).toBeLessThanOrEqual(whole);
      }
    });
  },
);

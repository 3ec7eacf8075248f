import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DomainEvent } from "../../../../src/base/index.ts";
import { EventLog, typeMatcher } from "../../../../src/core/events/index.ts";

const everything = (): boolean => true;
const event = (type: string, data: Record<string, unknown> = {}): DomainEvent => ({
  type,
  time: 1,
  node: null,
  data,
});

function logOf(count: number, capacity: number): EventLog {
  const log = new EventLog({ epoch: "E1", capacity });
  for (let n = 1; n <= count; n += 1) log.publish(event("call.created", { n }));
  return log;
}

describe("publish", () => {
  test("numbers events from 1 within its epoch", () => {
    const log = new EventLog({ epoch: "E1", capacity: 3 });
    expect(log.publish(event("a"))).toEqual({ id: "E1-1", type: "a", time: 1, node: null, data: {} });
    expect(log.publish(event("b")).id).toBe("E1-2");
  });

  test("tells subscribers in order, whatever one of them throws, until they leave", () => {
    const errors: unknown[] = [];
    const log = new EventLog({ epoch: "E1", capacity: 3, onError: (error) => errors.push(error) });
    const seen: string[] = [];
    const fault = new Error("a subscriber failed");
    log.subscribe(() => {
      throw fault;
    });
    const leave = log.subscribe(({ id }) => seen.push(id));
    log.publish(event("a"));
    log.publish(event("b"));
    leave();
    log.publish(event("c"));
    expect(seen).toEqual(["E1-1", "E1-2"]);
    expect(errors).toEqual([fault, fault, fault]);
  });

  test("survives a throwing subscriber that nobody hears about", () => {
    const log = new EventLog({ epoch: "E1", capacity: 3 });
    log.subscribe(() => {
      throw new Error("x");
    });
    expect(log.publish(event("a")).id).toBe("E1-1");
  });
});

describe("since", () => {
  test.each([
    ["nothing, for nobody who was here before", 5, 10, null, [], false],
    ["what came after the id", 5, 10, "E1-3", [4, 5], false],
    ["nothing after the last one", 5, 10, "E1-5", [], false],
    ["all, from before the first", 5, 10, "E1-0", [1, 2, 3, 4, 5], false],
    ["all held, exactly at the edge of memory", 5, 3, "E1-2", [3, 4, 5], false],
    ["a gap, one beyond the edge", 5, 3, "E1-1", [3, 4, 5], true],
    ["a gap for another epoch", 5, 3, "E0-4", [3, 4, 5], true],
    ["a gap for another epoch while empty", 0, 3, "E0-4", [], true],
    ["a gap for an id never given out", 5, 3, "E1-6", [3, 4, 5], true],
  ] as const)("yields %s", (_name, count, capacity, id, wanted, gap) => {
    const replay = logOf(count, capacity).since(id, everything);
    expect(replay.events.map(({ data }) => data["n"])).toEqual(wanted);
    expect(replay.gap).toBe(gap);
  });

  test("yields only what matches", () => {
    const log = new EventLog({ epoch: "E1", capacity: 10 });
    for (const type of ["call.created", "node.up", "call.ended"]) log.publish(event(type));
    const { events } = log.since("E1-0", typeMatcher("call.*"));
    expect(events.map(({ type }) => type)).toEqual(["call.created", "call.ended"]);
  });

  test.each(["", "E1", "E1-", "-1", "E1-x", "E1-1-1", "E1-1\n", "E 1-1", `E1-${"9".repeat(16)}`])(
    "refuses %j",
    (id) => {
      expect(() => logOf(1, 1).since(id, everything)).toThrow(
        expect.objectContaining({ code: "invalid-request" }),
      );
    },
  );

  test("never loses an event silently, whatever the capacity and the id", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 30 }), fc.nat(70), (count, capacity, seen) => {
        const { events, gap } = logOf(count, capacity).since(`E1-${seen}`, everything);
        const got = events.map(({ data }) => Number(data["n"]));
        const all = Array.from({ length: count }, (_, n) => n + 1);
        expect(got).toEqual(gap ? all.slice(-capacity) : all.slice(seen));
      }),
    );
  });
});

test.each([0, -1, 1.5, Number.NaN])("a capacity of %s is our own mistake", (capacity) => {
  expect(() => new EventLog({ epoch: "E1", capacity })).toThrow(RangeError);
});

test.each(["", "a-b", "a b"])("an epoch of %j is our own mistake", (epoch) => {
  expect(() => new EventLog({ epoch, capacity: 1 })).toThrow(RangeError);
});

import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { PortPool } from "../../../../src/gateway/media/port-pool.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});

const pool = (from: number, to: number, random: (limit: number) => number = () => 0): PortPool =>
  new PortPool({ from, to, clock, random });

test("a pair begins at an even port, whatever the range begins with", () => {
  const ports = pool(40_001, 40_006);
  expect([ports.takePair(), ports.takePair(), ports.takePair()]).toEqual([40_002, 40_004, null]);
  expect(ports.taken).toBe(4);
});

test("single ports first use what pairs cannot", () => {
  const ports = pool(40_001, 40_005);
  expect([ports.takeOne(), ports.takeOne()]).toEqual([40_001, 40_002]);
  expect(ports.takeOne()).toBe(40_003);
  expect(ports.takePair()).toBe(40_004);
  expect(ports.takeOne()).toBeNull();
});

test("a port that was released rests for five seconds", () => {
  const ports = pool(40_000, 40_001);
  expect(ports.takePair()).toBe(40_000);
  ports.release(40_000, 40_001);
  expect([ports.taken, ports.quarantined]).toEqual([0, 2]);
  clock.advance(4_999);
  expect([ports.takePair(), ports.takeOne()]).toEqual([null, null]);
  clock.advance(1);
  expect(ports.takePair()).toBe(40_000);
  expect(ports.quarantined).toBe(0);
});

test("what was not taken cannot be released", () => {
  const ports = pool(40_000, 40_003);
  ports.release(40_000, 50_000);
  expect(ports.quarantined).toBe(0);
});

test("the random source says where to begin", () => {
  const asked: number[] = [];
  const ports = pool(40_000, 40_009, (limit) => {
    asked.push(limit);
    return 3;
  });
  expect(ports.takePair()).toBe(40_006);
  expect(asked).toEqual([5]);
});

test("no port has two users, none is lost, none is outside the range", () => {
  const step = fc.oneof(
    fc.constant("pair" as const),
    fc.constant("one" as const),
    fc.constant("release" as const),
    fc.constant("wait" as const),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.nat({ max: 1 }),
      fc.infiniteStream(fc.nat()),
      (steps, odd, numbers) => {
        const [from, to] = [100 + odd, 111];
        const ports = pool(from, to, (limit) => (numbers.next().value ?? 0) % limit);
        const used: number[][] = [];
        for (const one of steps) {
          if (one === "wait") clock.advance(2_000);
          else if (one === "release") ports.release(...(used.shift() ?? []));
          else {
            const port = one === "pair" ? ports.takePair() : ports.takeOne();
            if (port !== null) used.push(one === "pair" ? [port, port + 1] : [port]);
          }
          const all = used.flat();
          expect(new Set(all).size).toBe(all.length);
          expect(all.every((port) => port >= from && port <= to)).toBe(true);
          expect(ports.taken).toBe(all.length);
        }
        ports.release(...used.flat());
        clock.advance(5_000);
        expect([ports.taken, ports.quarantined]).toEqual([0, 0]);
      },
    ),
  );
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Continuity } from "../../../../src/protocol/rtp/index.ts";

const at = 1_700_000_000_000;
const line = (sequence = 1000, timestamp = 50_000, clockRate = 8000): Continuity =>
  new Continuity({ ssrc: 9, clockRate, sequence, timestamp });

interface Out {
  readonly sequence: number;
  readonly timestamp: number;
  readonly restarted: boolean;
}
const out = ({ sequence, timestamp, restarted }: Continuity): Out => ({ sequence, timestamp, restarted });

test("one source is moved as it is: loss, disorder, silence and both wraps stay", () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.nat(0xffff_ffff),
      fc.array(fc.integer({ min: -20, max: 200 }), { maxLength: 400 }),
      (sequence, timestamp, steps) => {
        const continuity = line();
        continuity.map(5, sequence, timestamp, at);
        const first = out(continuity);
        expect(first).toEqual({ sequence: 1000, timestamp: 50_000, restarted: true });
        let [position, highest] = [0, 0];
        for (const step of steps) {
          position = Math.max(highest - 99, highest + step, 0);
          highest = Math.max(highest, position);
          const kept = continuity.map(
            5,
            (sequence + position) & 0xffff,
            (timestamp + 160 * position) >>> 0,
            at + 20 * position,
          );
          expect(kept).toBe(true);
          expect(out(continuity)).toEqual({
            sequence: (first.sequence + position) & 0xffff,
            timestamp: (first.timestamp + 160 * position) >>> 0,
            restarted: false,
          });
        }
      },
    ),
  );
});

test("whatever sources follow each other, the sequence goes on by one and the timestamp with the clock", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          ssrc: fc.nat(5),
          sequence: fc.nat(0xffff),
          timestamp: fc.nat(0xffff_ffff),
          packets: fc.integer({ min: 1, max: 20 }),
          pause: fc.nat(120_000),
        }),
        { minLength: 2, maxLength: 12 },
      ),
      (sources) => {
        const continuity = line(65_530, 0xffff_ff00);
        let [now, sequence, timestamp, ssrc] = [at, 65_529, 0, -1];
        for (const source of sources) {
          now += source.pause;
          // Another one each time: the same SSRC again may be the same line.
          const incoming = source.ssrc === ssrc ? source.ssrc + 100 : source.ssrc;
          ssrc = incoming;
          for (let index = 0; index < source.packets; index += 1) {
            now += 20;
            const before = sequence;
            const previous = timestamp;
            expect(
              continuity.map(
                incoming,
                (source.sequence + index) & 0xffff,
                (source.timestamp + 160 * index) >>> 0,
                now,
              ),
            ).toBe(true);
            ({ sequence, timestamp } = continuity);
            expect(sequence).toBe((before + 1) & 0xffff);
            expect(continuity.restarted).toBe(index === 0);
            const step = index === 0 ? 8 * (source.pause + 20) : 160;
            expect(before === 65_529 || (timestamp - previous) >>> 0 === step).toBe(true);
          }
        }
      },
    ),
  );
});

test("a source that starts anew under its SSRC does not make the sequence step back", () => {
  const continuity = line();
  for (let index = 0; index < 50; index += 1) continuity.map(5, 40_000 + index, 160 * index, at + 20 * index);
  continuity.map(5, 3, 77, at + 5000);
  expect(out(continuity)).toEqual({ sequence: 1050, timestamp: 50_000 + 8 * 5000, restarted: true });
});

describe("a minute of hold", () => {
  test("in which the timestamp stands still: it goes on with the clock", () => {
    const continuity = line();
    continuity.map(5, 1, 160, at);
    continuity.map(5, 2, 320, at + 60_000);
    expect(out(continuity)).toEqual({ sequence: 1001, timestamp: 50_000 + 480_000, restarted: true });
    continuity.map(5, 3, 480, at + 60_020);
    expect(out(continuity)).toEqual({ sequence: 1002, timestamp: 50_000 + 480_160, restarted: false });
  });

  test("in which it went on: nothing to do", () => {
    const continuity = line();
    continuity.map(5, 1, 160, at);
    continuity.map(5, 2, 480_160, at + 60_000);
    expect(out(continuity)).toEqual({ sequence: 1001, timestamp: 50_000 + 480_000, restarted: false });
  });
});

test("packets of our own take numbers that no relayed one gets", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.constantFrom("inject" as const, "omit" as const), fc.integer({ min: -5, max: 5 })),
        { maxLength: 300 },
      ),
      (steps) => {
        const continuity = line(65_500);
        const used = new Map<number, string>();
        const clashes: number[] = [];
        let highest = 0;
        for (const [index, step] of steps.entries()) {
          if (step === "omit") {
            continuity.omit(5, (highest += 1));
            continue;
          }
          const incoming = step === "inject" ? null : Math.max(0, highest + step);
          highest = Math.max(highest, incoming ?? 0);
          if (incoming === null) continuity.inject(at + index);
          else if (!continuity.map(5, incoming, 160 * incoming, at + index)) continue;
          // A repeated packet is the same packet.
          const packet = incoming === null ? `own ${index}` : `in ${incoming}`;
          const before = used.get(continuity.sequence) ?? packet;
          if (before !== packet) clashes.push(continuity.sequence);
          used.set(continuity.sequence, packet);
        }
        expect(clashes).toEqual([]);
      },
    ),
  );
});

test("what was still under way when we injected is dropped, what follows is not, for ever after", () => {
  const continuity = line();
  continuity.map(5, 10, 0, at);
  continuity.map(5, 12, 320, at + 40);
  continuity.inject(at + 50);
  expect(continuity).toMatchObject({ sequence: 1003, timestamp: 50_000 + 400 });
  expect(continuity.map(5, 11, 160, at + 51)).toBe(false);
  for (let sequence = 13; sequence < 200_000; sequence += 50) {
    expect(continuity.map(5, sequence & 0xffff, 160 * (sequence - 10), at + 20 * (sequence - 10))).toBe(true);
    expect(continuity.sequence).toBe((sequence + 991) & 0xffff);
  }
});

test("packets of our own in the place of relayed ones leave no gap and no step back", () => {
  const continuity = line();
  continuity.map(5, 10, 0, at);
  for (let index = 1; index <= 5; index += 1) {
    continuity.inject(at + 20 * index);
    continuity.omit(5, 10 + index);
    continuity.omit(5, 10 + index);
    continuity.omit(6, 90);
    expect(continuity.sequence).toBe(1000 + index);
  }
  expect(continuity.map(5, 14, 640, at + 115)).toBe(false);
  continuity.map(5, 16, 960, at + 120);
  expect(out(continuity)).toEqual({ sequence: 1006, timestamp: 50_960, restarted: false });
});

test("the line can begin with a packet of our own", () => {
  const continuity = line();
  continuity.inject(at);
  expect(continuity).toMatchObject({ sequence: 1000, timestamp: 50_000 });
  continuity.map(5, 7, 7, at + 100);
  expect(out(continuity)).toEqual({ sequence: 1001, timestamp: 50_800, restarted: true });
});

describe("telephone-events of another clock rate", () => {
  test("all packets of an event have the position at which it began", () => {
    const continuity = line(1, 0, 48_000);
    continuity.map(5, 1, 0, at);
    for (let index = 0; index < 4; index += 1) {
      expect(continuity.map(5, 2 + index, 777, at + 20 + 20 * index, 8000)).toBe(true);
      expect(continuity).toMatchObject({ sequence: 2 + index, timestamp: 960 });
    }
    continuity.map(5, 6, 999, at + 200, 8000);
    expect(continuity).toMatchObject({ sequence: 6, timestamp: 9600 });
    continuity.map(5, 7, 48 * 220, at + 220);
    expect(continuity).toMatchObject({ sequence: 7, timestamp: 48 * 220, restarted: false });
  });

  test("a source that begins with one is aligned by its first audio", () => {
    const continuity = line(1, 0, 48_000);
    continuity.map(4, 1, 0, at);
    continuity.map(5, 900, 5, at + 20, 8000);
    expect(out(continuity)).toEqual({ sequence: 2, timestamp: 960, restarted: true });
    continuity.map(5, 901, 123_456, at + 40);
    expect(continuity).toMatchObject({ sequence: 3, timestamp: 1920 });
  });
});

test("another codec goes on in its own units", () => {
  const continuity = line(1, 0);
  continuity.map(5, 1, 0, at);
  continuity.changeClock(48_000, at + 1000);
  expect(continuity.positionAt(at + 1000)).toBe(8000);
  continuity.map(5, 2, 0xffff_0000, at + 1100);
  expect(out(continuity)).toEqual({ sequence: 2, timestamp: 8000 + 4800, restarted: true });
});

describe("packets of ours that take the place of the source's", () => {
  test("leave no gap and no number twice, and what is late from before does not come in between", () => {
    const continuity = line();
    const numbers: number[] = [];
    const relay = (sequence: number): boolean => {
      const kept = continuity.map(5, sequence & 0xffff, 160 * sequence, at + 20 * sequence);
      if (kept) numbers.push(continuity.sequence);
      return kept;
    };
    for (const sequence of [65_533, 65_534]) relay(sequence);
    for (const sequence of [65_535, 65_536, 65_537]) {
      continuity.omit(5, sequence & 0xffff);
      continuity.inject(at + 20 * sequence);
      numbers.push(continuity.sequence);
    }
    expect(relay(65_534)).toBe(false);
    for (const sequence of [65_538, 65_539]) relay(sequence);
    expect(numbers).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006]);
  });

  test("of another source, or older ones, are nothing to leave out", () => {
    const continuity = line();
    continuity.map(5, 10, 0, at);
    continuity.omit(6, 11);
    continuity.omit(5, 10);
    continuity.omit(5, 9);
    continuity.map(5, 11, 160, at + 20);
    expect(continuity.sequence).toBe(1001);
  });
});

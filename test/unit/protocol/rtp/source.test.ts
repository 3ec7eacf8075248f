import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Source } from "../../../../src/protocol/rtp/source.ts";

const window = 1024;

test("what was seen, what is too old and what is new, against a set of everything", () => {
  const steps = fc.array(
    fc.oneof(fc.integer({ min: -1100, max: 3 }), fc.integer({ min: -40, max: 40 }), fc.nat(3000)),
    { maxLength: 400 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 5000, max: 70_000 }), steps, (start, steps) => {
      const source = new Source();
      source.accept(start);
      const accepted = new Set([start]);
      let highest = start;
      for (const step of steps) {
        const index = Math.max(0, highest + step);
        const isNew = index > highest || (index > highest - window && !accepted.has(index));
        expect(source.isNew(index)).toBe(isNew);
        if (!isNew) continue;
        source.accept(index);
        accepted.add(index);
        highest = Math.max(highest, index);
      }
      expect(source.highest).toBe(highest);
    }),
  );
});

test("a packet that comes 1023 after its turn is taken, at 1024 it is too old", () => {
  const source = new Source();
  source.accept(5000);
  source.accept(5000 + window);
  expect([source.isNew(5001), source.isNew(5000)]).toEqual([true, false]);
});

test("a place in the window is free again one window later", () => {
  const source = new Source();
  for (let index = 0; index < window; index += 1) source.accept(index);
  source.accept(window + 10);
  expect(source.isNew(window + 5)).toBe(true);
});

const nearest = (highest: number, sequence: number): number => {
  const start = highest - (highest % 0x1_0000);
  const candidates = [start - 0x1_0000, start, start + 0x1_0000].map((one) => one + sequence);
  const distance = (one: number): number => Math.abs(one - highest);
  return candidates
    .filter((one) => one >= 0)
    .reduce((best, one) => (distance(one) < distance(best) ? one : best));
};

test("the index that a sequence stands for is the nearest to the highest (RFC 3711 appendix A)", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.nat(0xffff), (highest, sequence) => {
      fc.pre(Math.abs(nearest(highest, sequence) - highest) !== 0x8000);
      const source = new Source();
      source.accept(highest);
      expect(source.indexOf(sequence)).toBe(nearest(highest, sequence));
    }),
    { numRuns: 1000 },
  );
});

import { expect, test } from "vitest";
import { summary } from "../../bench/media/figures.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);

// Ranks of the bounds of a 95 % interval for the median, as tables of order statistics give them.
test.each([
  [1, 1, 1, 1],
  [2, 1.5, 1, 2],
  [5, 3, 1, 5],
  [6, 3.5, 1, 6],
  [7, 4, 1, 7],
  [9, 5, 2, 8],
  [12, 6.5, 3, 10],
  [20, 10.5, 6, 15],
])("of %i values: median %d, from %i to %i", (count, median, low, high) => {
  expect(summary(upTo(count))).toEqual({ median, low, high });
});

test("of nothing there is none", () => {
  expect(() => summary([])).toThrow("no values");
});

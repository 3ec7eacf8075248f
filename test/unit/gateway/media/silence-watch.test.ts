import { expect, test } from "vitest";
import { SilenceWatch } from "../../../../src/gateway/media/silence-watch.ts";

test("nothing is expected before it begins", () => {
  expect(new SilenceWatch(1_000).isOver(null, 1_000_000)).toBe(false);
});

test("it is over when nothing came for so long, counted from the beginning or the last packet", () => {
  const watch = new SilenceWatch(1_000);
  watch.begin(5_000);
  watch.begin(9_000);
  expect(watch.isOver(null, 5_999)).toBe(false);
  expect(watch.isOver(null, 6_000)).toBe(true);
  expect(watch.isOver(5_500, 6_499)).toBe(false);
  expect(watch.isOver(5_500, 6_500)).toBe(true);
});

test("it is never over while suspended, and begins anew after that", () => {
  const watch = new SilenceWatch(1_000);
  watch.begin(0);
  watch.suspend(true, 500);
  expect(watch.isOver(400, 50_000)).toBe(false);
  watch.suspend(false, 50_000);
  expect(watch.isOver(400, 50_999)).toBe(false);
  expect(watch.isOver(400, 51_000)).toBe(true);
});

test("a suspension before the beginning ends without beginning", () => {
  const watch = new SilenceWatch(1_000);
  watch.suspend(true, 0);
  watch.suspend(false, 10);
  expect(watch.isOver(null, 50_000)).toBe(false);
});

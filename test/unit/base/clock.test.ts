import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/base/index.ts";

afterEach(() => {
  vi.useRealTimers();
});

// 2^31 − 1 ms is what the system's timers take: a longer one would run out at once.
test("a timer of more than 25 days, as a peer may ask for, does not run out before", () => {
  vi.useFakeTimers();
  const run = vi.fn<() => void>();
  systemClock.after(2 ** 32, run);
  vi.advanceTimersByTime(2 ** 32 - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

test("it is cancelled wherever it has got to", () => {
  vi.useFakeTimers();
  const run = vi.fn<() => void>();
  const cancel = systemClock.after(2 ** 32, run);
  vi.advanceTimersByTime(2 ** 31 + 1);
  cancel();
  expect(vi.getTimerCount()).toBe(0);
});

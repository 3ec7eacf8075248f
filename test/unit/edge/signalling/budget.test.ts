import { expect, test } from "vitest";
import { Budget } from "../../../../src/edge/signalling/budget.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

const limits = { burst: 3, perSecond: 2, patience: 2 };
const many = (budget: Budget, times: number): string[] => Array.from({ length: times }, () => budget.take());

test("takes a burst, then refuses, then sends away", () => {
  const budget = new Budget(limits, new ManualClock());
  expect(many(budget, 6)).toEqual(["take", "take", "take", "refuse", "refuse", "send away"]);
});

test("fills again with time, no further than the burst", () => {
  const clock = new ManualClock();
  const budget = new Budget(limits, clock);
  many(budget, 3);
  clock.advance(500);
  expect(many(budget, 2)).toEqual(["take", "refuse"]);
  clock.advance(3_600_000);
  expect(many(budget, 4)).toEqual(["take", "take", "take", "refuse"]);
});

test("is patient anew with whoever slowed down", () => {
  const clock = new ManualClock();
  const budget = new Budget(limits, clock);
  expect(many(budget, 5).slice(3)).toEqual(["refuse", "refuse"]);
  clock.advance(500);
  expect(many(budget, 3)).toEqual(["take", "refuse", "refuse"]);
});

test("a clock that was set back gives nothing, and takes nothing", () => {
  let now = 1000;
  const budget = new Budget(limits, { now: () => now });
  many(budget, 3);
  now = 0;
  expect(budget.take()).toBe("refuse");
  now = 500;
  expect(budget.take()).toBe("take");
});

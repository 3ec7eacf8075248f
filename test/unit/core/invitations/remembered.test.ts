import { expect, test } from "vitest";
import { Remembered } from "../../../../src/core/invitations/remembered.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

const make = (capacity = 10) => {
  const clock = new ManualClock();
  return { clock, remembered: new Remembered({ clock, keepFor: 1000, capacity }) };
};

test("an id is known for its time, and counted no longer", () => {
  const { clock, remembered } = make();
  remembered.add("a");
  clock.advance(600);
  remembered.add("b");
  expect([remembered.has("a"), remembered.has("b"), remembered.has("c")]).toEqual([true, true, false]);
  clock.advance(400);
  expect([remembered.has("a"), remembered.has("b")]).toEqual([false, true]);
  clock.advance(600);
  expect(remembered.size).toBe(0);
});

test("one that is added again is known for its time anew", () => {
  const { clock, remembered } = make();
  remembered.add("a");
  remembered.add("b");
  clock.advance(600);
  remembered.add("a");
  clock.advance(600);
  expect([remembered.has("a"), remembered.has("b")]).toEqual([true, false]);
});

test("of too many the oldest are forgotten", () => {
  const { remembered } = make(3);
  for (const id of ["a", "b", "c", "d"]) remembered.add(id);
  expect(["a", "b", "c", "d"].filter((id) => remembered.has(id))).toEqual(["b", "c", "d"]);
});

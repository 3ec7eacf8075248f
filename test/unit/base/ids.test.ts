import { expect, test } from "vitest";
import { systemIds } from "../../../src/base/index.ts";

test("sortable ids sort by time, and by order within a millisecond", () => {
  const ids = [systemIds.sortable(1000), systemIds.sortable(1000), systemIds.sortable(2000)];
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

test("a password has the length and the letters asked for", () => {
  expect(systemIds.password(200, "ab")).toMatch(/^[ab]{200}$/);
});

test("secrets are URL-safe and differ", () => {
  expect(systemIds.secret(24)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(systemIds.secret(24)).not.toBe(systemIds.secret(24));
});

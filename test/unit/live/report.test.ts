import { expect, test } from "vitest";
import { type ReportedTest, renderReport } from "../../live/harness/report.ts";

const about = {
  commit: "abc",
  date: "2026-01-01",
  switchVersion: "1.11",
  machine: "m",
  tools: ["sipp"],
  seconds: 61,
};
const passed: ReportedTest = {
  file: "a.test.ts",
  name: "works",
  outcome: "passed",
  seconds: 1.26,
  reason: "",
  figures: { recovery: "2.00 s" },
};

test("a report counts, names what was not run and why, and shows figures", () => {
  const text = renderReport({
    ...about,
    tests: [
      passed,
      { ...passed, name: "a | b", outcome: "failed", reason: "expected 1\nto be 2", figures: {} },
      { ...passed, name: "later", outcome: "not run", reason: "no TLS here", figures: {} },
    ],
  });
  expect(text).toContain("3 tests: 1 passed, 1 failed, 1 not run, in 61 s");
  expect(text).toContain("| recovery | 2.00 s | a.test.ts |");
  expect(text).toContain(String.raw`| a.test.ts | a \| b | failed: expected 1 to be 2 | 1.3 |`);
  expect(text).toContain("- a.test.ts: later: no TLS here");
});

test("a report of a run with nothing left out says so", () => {
  expect(renderReport({ ...about, tests: [passed] })).toMatch(/## Not run\nNone\.\n$/);
});

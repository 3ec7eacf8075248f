import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import {
  checkFields,
  checkNumber,
  checkPassword,
  checkRange,
} from "../../../../src/core/extensions/rules.ts";

const coded = (code: string): unknown => expect.objectContaining({ code });

/** What a rule makes of its argument, or the Failure it throws; anything else that is thrown goes on. */
function outcome<Value>(rule: () => Value): Value | Failure {
  try {
    return rule();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

describe("a number", () => {
  test.each(["10", "1000", "999999999999999"])("%s is one", (text) => {
    expect(checkNumber(text)).toBe(text);
  });
  test.each([
    "",
    "1",
    "01000",
    "0",
    "1e3",
    "+1000",
    "1000 ",
    "1000\n",
    "1000,user/1001",
    "１０００",
    "1".repeat(16),
  ])("%j is none", (text) => {
    expect(() => checkNumber(text)).toThrow(coded("invalid-number"));
  });
});

describe("a range", () => {
  test.each([
    ["1000", "2599", 1000, 2599],
    ["1000", "1000", 1000, 1000],
    ["99", "101", 99, 101],
    ["1000", "10999", 1000, 10_999],
    [1000, 2599, 1000, 2599],
  ])("%j to %j", (from, to, first, last) => {
    expect(checkRange(from, to)).toEqual({ from: first, to: last });
  });

  test.each([
    ["2000", "1999", "invalid-range"],
    ["1000", "11000", "invalid-range"],
    ["10", "999999999999999", "invalid-range"],
    ["0999", "1001", "invalid-number"],
    ["1", "2", "invalid-number"],
    ["10", "9".repeat(20), "invalid-number"],
    ["1000 ", "2599", "invalid-number"],
    ["", "2599", "invalid-number"],
    [1000.5, 2000, "invalid-number"],
    [-1000, 2000, "invalid-number"],
    [Number.NaN, 2000, "invalid-number"],
    [1e21, 1e21, "invalid-number"],
  ])("%j to %j is refused as %s", (from, to, code) => {
    expect(() => checkRange(from, to)).toThrow(coded(code));
  });

  test("of any two texts is what they say, of at most 10,000 numbers, or a Failure", () => {
    const digits = fc.stringMatching(/^[0-9]{0,16}$/);
    const end = fc.oneof(fc.string(), digits, fc.integer({ min: 10, max: 200_000 }).map(String));
    fc.assert(
      fc.property(end, end, (first, last) => {
        const range = outcome(() => checkRange(first, last));
        if (range instanceof Failure) return;
        const { from, to } = range;
        expect(from).toBeGreaterThanOrEqual(10);
        expect(to - from).toBeGreaterThanOrEqual(0);
        expect(to - from).toBeLessThan(10_000);
        expect([String(from), String(to)]).toEqual([first, last]);
      }),
    );
  });

  test("of every pair of numbers in order and not too far apart is accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1e9 }), fc.nat(9999), (from, more) => {
        expect(checkRange(String(from), String(from + more))).toEqual({ from, to: from + more });
      }),
    );
  });
});

describe("fields", () => {
  test.each([
    { displayName: 'Ann & <Bob> "O\'Neil"' },
    { displayName: "张三 👋" },
    { displayName: "" },
    { callerIdNumber: "+4930123456" },
    { callerIdNumber: "" },
    { context: "default" },
    { context: "public" },
    { callGroup: "sales,support", tollAllow: "domestic" },
    { enabled: false },
  ])("%j pass as they are", (fields) => {
    expect(checkFields(fields)).toEqual(fields);
  });

  test("lists come into one form", () => {
    expect(checkFields({ callGroup: " sales, support ,sales," }).callGroup).toBe("sales,support");
  });

  test.each([
    [{ displayName: "a\r\nb" }, "unsafe-text"],
    [{ displayName: "a\u0000" }, "unsafe-text"],
    [{ displayName: "a\u0085" }, "unsafe-text"],
    [{ displayName: "a\u2028" }, "unsafe-text"],
    [{ displayName: "\uD800" }, "unsafe-text"],
    [{ displayName: "${system(id)}" }, "unsafe-text"],
    [{ callerIdName: "a\u001Bb" }, "unsafe-text"],
    [{ displayName: "x".repeat(101) }, "invalid-request"],
    [{ callerIdNumber: "12a" }, "invalid-request"],
    [{ callerIdNumber: "1\n" }, "invalid-request"],
    [{ context: "" }, "invalid-request"],
    [{ context: "sales" }, "invalid-request"],
    [{ context: "Default" }, "invalid-request"],
    [{ context: "a\n" }, "invalid-request"],
    [{ callGroup: "sales;x" }, "invalid-request"],
    [{ callGroup: Array.from({ length: 21 }, (_, n) => `g${n}`).join() }, "invalid-request"],
    [{ tollAllow: "'" }, "invalid-request"],
  ])("%j is refused as %s, naming the field", (fields, code) => {
    const [field] = Object.keys(fields);
    expect(() => checkFields(fields)).toThrow(
      expect.objectContaining({ code, detail: expect.stringContaining(field ?? ""), extra: { field } }),
    );
  });

  test("an unknown context is refused with those that there are", () => {
    expect(() => checkFields({ context: "sales" })).toThrow(
      expect.objectContaining({ detail: expect.stringContaining("it has default and public") }),
    );
  });

  test("no text that passes can start a line or an expansion", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (displayName) => {
        if (outcome(() => checkFields({ displayName })) instanceof Failure) return;
        // oxlint-disable-next-line no-control-regex -- what must not pass
        expect(displayName).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]|\$\{/);
        expect(displayName.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("a password", () => {
  test.each(["Quite-new-7", "with space inside", "~!@#$%^&*():;", "x".repeat(128)])(
    "may be %j",
    (password) => {
      expect(checkPassword("1000", password)).toBe(password);
    },
  );
  test.each([
    "",
    "1234",
    "1234567",
    " leading1",
    "trailing1 ",
    "tab\there1",
    "pässword1",
    "12345678",
    "x".repeat(129),
  ])("may not be %j, and is not repeated", (password) => {
    const refusal = outcome(() => checkPassword("12345678", password));
    expect(refusal).toMatchObject({ code: "invalid-request" });
    expect(String(refusal).includes(password)).toBe(password === "");
  });
});

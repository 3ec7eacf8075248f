import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialRuleAdmits, parseDialRule } from "../../../../src/core/routing/index.ts";

describe("what web users may dial", () => {
  const rule = parseDialRule("1005;10[06-19]; 1100-1199;2[0-3]00");

  test.each(["1005", "1006", "1012", "1019", "1100", "1150", "1199", "2000", "2300"])("%s", (number) => {
    expect(dialRuleAdmits(rule, number)).toBe(true);
  });

  test.each([
    "1004",
    "1020",
    "106",
    "10006",
    "11000",
    "1200",
    "2400",
    "2010",
    "",
    "01005",
    "1005 ",
    "+1005",
    "10*6",
  ])("not %j", (number) => {
    expect(dialRuleAdmits(rule, number)).toBe(false);
  });

  test("is everything where there is no rule", () => {
    for (const text of ["", "  "]) expect(dialRuleAdmits(parseDialRule(text), "9196")).toBe(true);
  });
});

test.each([
  ["1005,1006", "no number"],
  ["1005;", "no number"],
  ["10[06-19", "no number"],
  ["10[6]", "no number"],
  ["a", "no number"],
  ["1199-1100", "backwards"],
  ["10[19-06]", "backwards"],
  ["999-1001", "different lengths"],
  ["10[6-19]", "different lengths"],
  ["1".repeat(22), "longer than 21"],
])("%j is refused, and told why", (text, why) => {
  expect(() => parseDialRule(text)).toThrow(expect.objectContaining({ code: "invalid-range" }));
  expect(() => parseDialRule(text)).toThrow(why);
});

const digits = fc.stringMatching(/^[0-9]{0,4}$/);

test("a pattern admits the numbers from the first to the last, counted, and no others", () => {
  fc.assert(
    fc.property(
      digits,
      digits,
      fc.integer({ min: 1, max: 3 }),
      fc.nat({ max: 999 }),
      fc.nat({ max: 999 }),
      fc.array(fc.stringMatching(/^[0-9]{1,12}$/)),
      (prefix, suffix, width, one, other, strangers) => {
        const written = (value: number): string => String(value % 10 ** width).padStart(width, "0");
        const [from, to] = [written(one), written(other)].toSorted() as [string, string];
        const rule = parseDialRule(`${prefix}[${from}-${to}]${suffix}`);
        const all = Array.from(
          { length: Number(to) - Number(from) + 1 },
          (_, index) => `${prefix}${written(Number(from) + index)}${suffix}`,
        );
        expect(all.filter((number) => !dialRuleAdmits(rule, number))).toEqual([]);
        const admitted = strangers.filter((number) => dialRuleAdmits(rule, number));
        expect(admitted.filter((number) => !all.includes(number))).toEqual([]);
      },
    ),
  );
});

test("any text is read or refused with one code", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9;[\]\- ]{0,30}$/)), (text) => {
      let code = "";
      try {
        parseDialRule(text);
      } catch (error) {
        ({ code } = error as { code: string });
      }
      expect(["", "invalid-range"]).toContain(code);
    }),
  );
});

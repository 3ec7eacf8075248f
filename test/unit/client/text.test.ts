import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain, plainJson, plainLines, table, time } from "../../../src/client/cli/text.ts";

/** What a terminal would obey: C0, DEL, C1, bidirectional controls, line separators. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const dangerous = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

const anyText = fc.string({ unit: "binary" });

describe("text from the network", () => {
  test("reaches the terminal without what it would obey", () => {
    expect(plain("\u001b[31mred\u001b[0m\u009b2J\u202eevil\r\n")).toBe("[31mred[0m2Jevil");
    expect(plainLines("a\r\nb\u0007\nc")).toBe("a\nb\nc");
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plain(text)).not.toMatch(dangerous);
        expect(plainLines(text).replaceAll("\n", "")).not.toMatch(dangerous);
      }),
    );
  });

  test("as JSON it says the same, and is as harmless", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }), (value) => {
        const text = plainJson(value);
        expect(text).not.toMatch(dangerous);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(plainJson(value, 2))).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe("a table", () => {
  test("aligns, wide characters and absent values included", () => {
    expect(
      table(
        ["NUMBER", "NAME", "ON"],
        [
          ["1001", "张三", true],
          ["10002", null, false],
        ],
      ),
    ).toBe("NUMBER  NAME  ON\n1001    张三  yes\n10002   -     no");
  });

  test("has one line a row, whatever the cells hold", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { maxLength: 5 }), (rows) => {
        expect(table(["A", "B"], rows).split("\n")).toHaveLength(rows.length + 1);
      }),
    );
  });
});

test("time is UTC, or a dash", () => {
  expect([time(0), time(1_700_000_000_999), time(null)]).toEqual([
    "1970-01-01 00:00:00Z",
    "2023-11-14 22:13:20Z",
    "-",
  ]);
});

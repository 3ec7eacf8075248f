import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageBy } from "../../../src/edge/rest/page.ts";

const keys = fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 30 });

function* pages(
  items: readonly string[],
  limit: number,
  order: "ascending" | "descending",
): Generator<readonly string[]> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = pageBy(items, (item) => item, { limit, ...(cursor === undefined ? {} : { cursor }) }, order);
    yield page.items;
    cursor = page.next;
  }
}

describe("a page of a list in memory", () => {
  test("following the cursors yields every item once, in order, no page over the limit nor empty", () => {
    fc.assert(
      fc.property(
        keys.filter((all) => all.every((key) => key.isWellFormed())),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom("ascending" as const, "descending" as const),
        (all, limit, order) => {
          const seen = [...pages(all, limit, order)];
          const sorted = all.toSorted((a, b) => (a < b ? -1 : 1));
          expect(seen.flat()).toEqual(order === "ascending" ? sorted : sorted.toReversed());
          expect(seen.every((page) => page.length <= limit)).toBe(true);
          expect(seen.length).toBe(Math.max(1, Math.ceil(all.length / limit)));
        },
      ),
    );
  });

  test("half characters, as a phone may send them, never make it repeat without end", () => {
    fc.assert(
      fc.property(keys, (all) => {
        let count = 0;
        for (const page of pages(all, 1, "ascending")) count += page.length;
        expect(count).toBeLessThanOrEqual(all.length);
      }),
    );
  });

  test("what no list gave out is refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (cursor) => {
        const canonical = Buffer.from(Buffer.from(cursor, "base64url").toString("utf8"), "utf8").toString(
          "base64url",
        );
        fc.pre(canonical !== cursor);
        expect(() => pageBy(["a"], (item) => item, { cursor })).toThrow(
          "the cursor is not one that this list gave out",
        );
      }),
    );
  });
});

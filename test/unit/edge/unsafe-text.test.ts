import * as fc from "fast-check";
import { expect, test } from "vitest";
import { refuseUnsafeText } from "../../../src/edge/server/unsafe-text.ts";

const refused = (body: unknown): boolean => {
  try {
    refuseUnsafeText({ params: {}, query: {}, body });
    return false;
  } catch {
    return true;
  }
};

/** Printable text of any language, no controls, no separators, whole characters. */
const safe = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text));
const unsafe = fc
  .tuple(
    safe,
    fc.constantFrom("\0", "\n", "\r", "\u001b", "\u007f", "\u0085", "\u009b", "\u2028", "\u2029", "\ud800"),
    safe,
  )
  .map((parts) => parts.join(""));

/** JSON built of such texts, wrapped in objects and arrays. */
const wrapped = (text: fc.Arbitrary<string>): fc.Arbitrary<unknown> =>
  fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.tuple(safe, tie("node"), fc.integer()).map(([name, value, other]) => ({ other, [name]: value })),
      fc.tuple(fc.boolean(), tie("node"), fc.constant(null)),
      text.map((name) => ({ [name]: 1 })),
    ),
  })).node;

test("text that could end a line is found wherever it stands", () => {
  fc.assert(
    fc.property(wrapped(unsafe), (body) => {
      expect(refused(body)).toBe(true);
    }),
  );
});

test("any other text passes", () => {
  fc.assert(
    fc.property(wrapped(safe), (body) => {
      expect(refused(body)).toBe(false);
    }),
  );
});

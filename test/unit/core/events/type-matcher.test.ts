import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import { typeMatcher } from "../../../../src/core/events/index.ts";

const types = ["call.created", "call.ended", "registration.online", "node.up", "switch.CHANNEL_CREATE"];

test.each([
  ["", types.slice(0, 4)],
  ["*", types.slice(0, 4)],
  ["call.*", ["call.created", "call.ended"]],
  ["call.ended", ["call.ended"]],
  [" call.ended , node.* ", ["call.ended", "node.up"]],
  ["call", []],
  ["sw*", []],
  ["switch*", []],
  ["switch.*", ["switch.CHANNEL_CREATE"]],
  ["switch.CHANNEL_CREATE,node.up", ["node.up", "switch.CHANNEL_CREATE"]],
  ["*,switch.CHANNEL_C*", types],
])("%j asks for %j", (patterns, wanted) => {
  expect(types.filter(typeMatcher(patterns))).toEqual(wanted);
});

test.each([",", "call.*,", "c*l", "**", "call.(a|b)", "a b", "call\r\n.*", "ß", "a,".repeat(80)])(
  "%j is refused",
  (patterns) => {
    expect(() => typeMatcher(patterns)).toThrow(expect.objectContaining({ code: "invalid-request" }));
  },
);

/** What reading the patterns and asking for the type comes to. */
function outcome(patterns: string, type: string): unknown {
  try {
    return typeMatcher(patterns)(type);
  } catch (error) {
    return error;
  }
}

test("any text is a matcher or a refusal", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (patterns, type) => {
      const result = outcome(patterns, type);
      expect(typeof result === "boolean" || result instanceof Failure).toBe(true);
    }),
  );
});

test("a type is matched by itself and by each of its prefixes, and by no other name", () => {
  const name = fc
    .stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){1,2}$/)
    .filter((type) => !type.startsWith("switch."));
  fc.assert(
    fc.property(name, name, fc.nat(20), (type, other, length) => {
      expect(typeMatcher(type)(type)).toBe(true);
      expect(typeMatcher(`${type.slice(0, length)}*`)(type)).toBe(true);
      expect(typeMatcher(type)(other)).toBe(type === other);
    }),
  );
});

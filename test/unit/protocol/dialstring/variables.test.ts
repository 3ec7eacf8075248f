import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  apiArgument,
  callerName,
  channelVariables,
  dialString,
  userTarget,
} from "../../../../src/protocol/dialstring/index.ts";
import { parseDialString, separate, separateBlank } from "./originate-parser.ts";

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,20}$/);
/** Text made to hurt: every character that some pass gives a meaning to, and any other that is printable. */
const value = (forbidden: RegExp): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "\\",
          "'",
          '"',
          ",",
          "=",
          "|",
          ":",
          "^^",
          ":_:",
          " ",
          "  ",
          "$",
          "/",
          "&",
          "(",
          ")",
          "<",
          ">",
        ),
        fc.constantFrom(
          "user/1001@a.b",
          "n",
          "s",
          "origination_nested_vars=true",
          "[",
          "]",
          "{",
          "}",
          "é",
          "😀",
        ),
        fc.string({ unit: "grapheme", maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(""))
    // Control characters are refused; see below.
    .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed() && !forbidden.test(text));
const variables = (forbidden: RegExp): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(name, value(forbidden), { maxKeys: 5, noNullPrototype: true });

const filled = (all: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([, text]) => text !== ""));

const target = "user/1001@patchcord.local";

describe("the parser that judges", () => {
  test.each([
    ["{a=1,b=2}user/1", { a: "1", b: "2" }, [["user/1"]]],
    ["{a='1,2'}user/1,user/2|user/3", { a: "1,2" }, [["user/1", "user/2"], ["user/3"]]],
    ["{^^:a=1,2:b=3}user/1", { a: "1,2", b: "3" }, [["user/1"]]],
    ["{a=1}{b=2} user/1", { a: "1", b: "2" }, [["user/1"]]],
    [String.raw`{a=1\,2}user/1`, { a: "1,2" }, [["user/1"]]],
    ["{a=x,user/1001@d}user/1", { a: "x" }, [["user/1"]]],
    ["{a=x}user/1001@d}user/1", { a: "x" }, [["user/1001@d}user/1"]]],
  ])("%s", (text, globals, targets) => {
    const read = parseDialString(text);
    expect(read.variables).toEqual(globals);
    expect(read.alternatives.map((group) => group.map((one) => one.target))).toEqual(targets);
  });

  test("sees the variables of a leg", () => {
    expect(parseDialString("[a=1,b=2]user/1,[^^:c=3,4]user/2").alternatives).toEqual([
      [
        { variables: { a: "1", b: "2" }, target: "user/1" },
        { variables: { c: "3,4" }, target: "user/2" },
      ],
    ]);
  });

  test("sees that an apostrophe swallows the next variable of a leg, as FreeSWITCH does", () => {
    const [group] = parseDialString(String.raw`[a=O\'Hara,b=2]user/1`).alternatives;
    expect(group?.[0]?.variables).not.toEqual({ a: "O'Hara", b: "2" });
  });

  test("splits api arguments at spaces that are not quoted", () => {
    expect(separateBlank("{a='x y'}user/1 &park() XML")).toEqual(["{a=x y}user/1", "&park()", "XML"]);
  });

  test("keeps the rest in the last slot", () => {
    expect(separate("a=b=c", "=", 2)).toEqual(["a", "b=c"]);
  });
});

describe("whatever goes in", () => {
  test("global variables come out as they went in, and no target is added", () => {
    fc.assert(
      fc.property(variables(/[{}]/), (given) => {
        const read = parseDialString(`${channelVariables(given)}${target}`);
        expect(read.variables).toEqual(filled(given));
        expect(read.alternatives).toEqual([[{ variables: {}, target }]]);
        expect(read.enterprise).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("a dial string stays one argument of an api command", () => {
    fc.assert(
      fc.property(variables(/[{}]/), (given) => {
        const text = dialString({ variables: given, target });
        expect(separateBlank(`${apiArgument(text)} 1002 XML default`)).toEqual([
          text,
          "1002",
          "XML",
          "default",
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what cannot be carried is refused", () => {
  test.each(["a}user/1001@d", "{", "x\r\nbgapi status", "\u0000", "\u0001", "\u0085"])("value %j", (text) => {
    expect(() => channelVariables({ a: text })).toThrow(expect.objectContaining({ code: "unsafe-text" }));
  });

  test.each(["", "1a", "a b", "a=b", "a,b", "a}", "^^:a", "a:b", "-a", "a.b", "ä", "a\n", "x".repeat(129)])(
    "name %j",
    (text) => {
      expect(() => channelVariables({ [text]: "1" })).toThrow(
        expect.objectContaining({ code: "unsafe-text" }),
      );
    },
  );

  test.each([
    ["1000,user/1001", "invalid-number"],
    ["", "invalid-number"],
    ["1".repeat(21), "invalid-number"],
  ])("number %j", (number, code) => {
    expect(() => userTarget(number, "d.local")).toThrow(expect.objectContaining({ code }));
  });

  test.each(["", "a,user/1001", "a b", "${x}", "-a", "a..b", "a@b", "a:1", `${"a".repeat(64)}.b`])(
    "domain %j",
    (domain) => {
      expect(() => userTarget("1000", domain)).toThrow(expect.objectContaining({ code: "unsafe-text" }));
    },
  );

  test("an argument with a line break", () => {
    expect(() => apiArgument("a\nb")).toThrow(expect.objectContaining({ code: "unsafe-text" }));
  });
});

test("no variables, no brackets", () => {
  expect(channelVariables({})).toBe("");
  expect(channelVariables({ a: "" })).toBe("");
  expect(userTarget("1000", "patchcord.local")).toBe("user/1000@patchcord.local");
});

test("a caller's name keeps what the called phone can be shown", () => {
  expect(callerName(`A & <b>; 'c' é`)).toBe(`A & <b>; 'c' é`);
  expect(callerName('Sales/EU a@b: 5% "q" \\')).toBe("Sales%2FEU a%40b%3A 5%25 'q' %2F");
  expect(callerName("$1 {x} ${a} $${b}")).toBe("$1 {x} %24{a} %24%24{b}");
});

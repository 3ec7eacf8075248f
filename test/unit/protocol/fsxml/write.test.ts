import * as fc from "fast-check";
import { expect, test } from "vitest";
import { directoryDocument, find, pairsOf, readXml } from "../../../../src/protocol/fsxml/index.ts";

const read = (xml: string): Record<string, string> =>
  pairsOf(find(readXml(xml), "section", "domain", "groups", "group", "users", "user", "variables"));

const nameIn = (name: string): string =>
  directoryDocument("d", [
    { name: "default", users: [{ id: "1", variables: { effective_caller_id_name: name } }] },
  ]);

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "&",
        "&amp;",
        "&#10;",
        "&x;",
        "<",
        ">",
        '"',
        "'",
        "]]>",
        "<!--",
        "\n",
        "\t",
        "X-PRE-",
        "process",
        "$",
        "$${",
        " ",
        "${",
        "é",
      ),
    )
    .map((parts) => parts.join("")),
  // Any UTF-16, lone surrogates included.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

test("any text comes back, what XML 1.0 cannot hold replaced by U+FFFD", () => {
  fc.assert(
    fc.property(text, (name) => {
      const xml = nameIn(name);
      const expected = Array.from(name, (character) => {
        const code = character.codePointAt(0) ?? 0;
        const legal =
          [9, 10, 13].includes(code) ||
          (code >= 0x20 && code <= 0xd7ff) ||
          (code >= 0xe000 && code <= 0xfffd) ||
          code >= 0x10000;
        return legal ? character : "\ufffd";
      }).join("");
      expect(read(xml)).toEqual({ effective_caller_id_name: expected });
      // FreeSWITCH's preprocessor reads lines and acts on tags it knows: nothing may begin one.
      expect(xml).not.toMatch(/[\r\n]|<\?|x-pre-process|\$\$\{/i);
      expect(xml.match(/</g)).toHaveLength(nameIn("").match(/</g)?.length ?? 0);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  "",
  "plain",
  "<a>",
  "<a",
  "</a>",
  "<a/><b/>",
  "<a></b>",
  "<a/>x",
  "<a b=1/>",
  '<a b="&x;"/>',
  '<a b="&"/>',
  "<!DOCTYPE a><a/>",
])("the reader refuses %j", (text) => {
  expect(() => readXml(text)).toThrow("not XML");
});

test("the reader passes over what says nothing", () => {
  expect(readXml(`<?xml version="1.0"?><!-- <x> -->\n<a b='"'> text <c d="1"></c><c/></a>\n`)).toEqual({
    name: "a",
    attributes: { b: '"' },
    children: [
      { name: "c", attributes: { d: "1" }, children: [] },
      { name: "c", attributes: {}, children: [] },
    ],
  });
});

test.each([
  '<X-PRE-PROCESS cmd="exec" data="id"/>',
  "x-pre-process",
  "$${domain}",
  "$$${domain}",
  "<?",
  "<include>",
])("FreeSWITCH's preprocessor finds nothing in %j", (name) => {
  const xml = nameIn(name);
  expect(xml).not.toMatch(/x-pre-process|\$\$\{|<\?|<include>/i);
  expect(read(xml)).toEqual({ effective_caller_id_name: name });
});

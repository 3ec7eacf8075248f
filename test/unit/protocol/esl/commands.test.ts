import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accepted, commands, subscription } from "../../../../src/protocol/esl/index.ts";
import { Failure } from "../../../../src/base/index.ts";

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
};

const lineOf = (build: () => { line: string }): string | Failure => {
  try {
    return build().line;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
};

describe("no argument becomes a second command or a second argument", () => {
  const builders: [name: string, build: (text: string) => { line: string }, words: number][] = [
    ["uuid_exists", (text) => commands.uuidExists(text), 2],
    ["uuid_kill", (text) => commands.uuidKill("u", text), 3],
    ["uuid_transfer", (text) => commands.uuidTransfer("u", text, "default"), 5],
    ["uuid_send_dtmf", (text) => commands.uuidSendDtmf("u", text), 3],
    ["uuid_bridge", (text) => commands.uuidBridge(text, "b"), 3],
    ["xml_flush_cache", (text) => commands.flushUser(text, "d"), 4],
    ["load", (text) => commands.load(text), 2],
  ];
  test.each(builders)("%s", (_name, build, words) => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 0 }), (text) => {
        const outcome = lineOf(() => build(text));
        expect(outcome instanceof Failure ? outcome.code : outcome.split(/\s/).length).toBe(
          outcome instanceof Failure ? "unsafe-text" : words,
        );
      }),
    );
    for (const text of ["a\r\n\r\napi shutdown", "a\nb", "a\0", "a b", "", "a'b", 'a"b', String.raw`a\b`]) {
      expect(thrownBy(() => build(text))).toMatchObject({ code: "unsafe-text" });
    }
  });

  test("originate is one line", () => {
    expect(thrownBy(() => commands.originate("user/1\n\napi shutdown", "&park"))).toBeInstanceOf(Failure);
  });
});

test("what changes the switch is marked, and runs in a thread of its own", () => {
  expect(commands.uuidExists("u")).toEqual({ via: "api", line: "uuid_exists u", mutating: false });
  expect(commands.uuidKill("u", "USER_BUSY")).toEqual({
    via: "bgapi",
    line: "uuid_kill u USER_BUSY",
    mutating: true,
  });
  expect(commands.reloadAcl().mutating).toBe(true);
  expect(commands.flushAll().mutating).toBe(true);
  expect(commands.xmlLocateConfiguration("patchcord.conf")).toEqual({
    via: "bgapi",
    line: "xml_locate configuration configuration name patchcord.conf",
    mutating: false,
  });
});

test("replies that refuse are failures with the cause's name", () => {
  expect(accepted("+OK\n")).toBe("+OK");
  expect(accepted("true")).toBe("true");
  expect(thrownBy(() => accepted("-ERR USER_BUSY\n"))).toMatchObject({
    code: "switch-refused",
    extra: { cause: "USER_BUSY" },
  });
  expect(thrownBy(() => accepted("-ERR No such channel!\n"))).toMatchObject({ extra: { cause: null } });
  expect(thrownBy(() => accepted("-USAGE: <uuid>"))).toMatchObject({ code: "switch-refused" });
});

test("CUSTOM is the last event name, as every word after it is a subclass", () => {
  const words = subscription.split(" ");
  const custom = words.indexOf("CUSTOM");
  expect(words.slice(0, 2)).toEqual(["event", "json"]);
  expect(words.slice(2, custom).every((word) => /^[A-Z_]+$/.test(word))).toBe(true);
  expect(words.slice(custom + 1).every((word) => /^[a-z_]+::[a-z_]+$/.test(word))).toBe(true);
});

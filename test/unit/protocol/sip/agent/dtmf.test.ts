import { assert, constantFrom, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { digitOf, plainType, relayType } from "../../../../../src/protocol/sip/agent/dtmf.ts";

const read = (type: string, body: string): ReturnType<typeof digitOf> => digitOf(type, Buffer.from(body));

describe("a digit by INFO", () => {
  test("is read as FreeSWITCH writes it", () => {
    assert(
      property(
        constantFrom(...Array.from("0123456789ABCD*#")),
        integer({ min: 1, max: 60_000 }),
        (digit, milliseconds) => {
          const body = `Signal=${digit}\r\nDuration=${milliseconds}\r\n`;
          expect(read(relayType, body)).toEqual({ digit, milliseconds });
        },
      ),
    );
  });

  test("is nothing else, whatever the bytes, and never throws", () => {
    assert(
      property(constantFrom(relayType, plainType, "text/plain"), uint8Array(), (type, body) => {
        const found = digitOf(type, body);
        expect(found === undefined || /^[0-9A-D*#]$/u.test(found.digit)).toBe(true);
      }),
    );
  });

  test.each([
    ["a number for a key", "Signal=11\r\nDuration=100", "#", 100],
    ["a number for a letter", "signal=12", "A", 250],
    ["small letters", "SIGNAL = d\nDURATION = 90", "D", 90],
    ["a duration that is none", "Signal=1\r\nDuration=x", "1", 250],
    ["a duration that is too long", "Signal=1\r\nDuration=99999999", "1", 250],
  ])("%s", (_, body, digit, milliseconds) => {
    expect(read(relayType, body)).toEqual({ digit, milliseconds });
  });

  test.each(["", "Duration=100", "Signal=", "Signal=16", "Signal=55", "5"])("%j is none", (body) => {
    expect(read(relayType, body)).toBeUndefined();
  });
});

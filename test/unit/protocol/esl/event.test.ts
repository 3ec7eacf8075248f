import * as fc from "fast-check";
import { expect, test } from "vitest";
import { eventTime, parseJsonEvent } from "../../../../src/protocol/esl/index.ts";

test("a Latin-1 byte in a display name is replaced, not thrown", () => {
  const body = Buffer.concat([
    Buffer.from('{"Caller-Caller-ID-Name":"J'),
    Buffer.from([0xf6]),
    Buffer.from('rg"}'),
  ]);
  expect(parseJsonEvent(body)).toEqual({ "Caller-Caller-ID-Name": "J\u{fffd}rg" });
});

test("an array header takes FreeSWITCH's text form", () => {
  expect(parseJsonEvent(Buffer.from('{"variable_x":["a","b"],"n":1,"_body":"text"}'))).toEqual({
    variable_x: "ARRAY::a|:b",
    _body: "text",
  });
});

test.each(["", "{", "[]", "null", '"x"', "{]"])("bad JSON %j is no event", (text) => {
  expect(parseJsonEvent(Buffer.from(text))).toBeUndefined();
});

test("no bytes make it throw, and every value is text", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        for (const value of Object.values(parseJsonEvent(Buffer.from(bytes)) ?? {}))
          expect(typeof value).toBe("string");
      },
    ),
  );
});

test("names of Object.prototype are headers like any other", () => {
  const event = parseJsonEvent(Buffer.from('{"__proto__":"x"}'));
  expect(event?.["__proto__"]).toBe("x");
  expect(event?.["constructor"]).toBeUndefined();
});

test("the event's time is in milliseconds", () => {
  expect(eventTime({ "Event-Date-Timestamp": "1795240285310446" })).toBe(1_795_240_285_310);
  expect(eventTime({})).toBeUndefined();
  expect(eventTime({ "Event-Date-Timestamp": "soon" })).toBeUndefined();
});

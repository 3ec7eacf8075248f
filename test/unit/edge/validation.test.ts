import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Type, type TSchema } from "typebox";
import { compileValidator } from "../../../src/edge/server/validation.ts";

const check = (schema: TSchema, httpPart: string, value: unknown): unknown =>
  compileValidator({ schema, httpPart, method: "GET", url: "/" })(value);

const query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1 })),
    on: Type.Optional(Type.Boolean()),
    text: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

describe("a query", () => {
  test("is text read as the schema says", () => {
    expect(check(query, "querystring", { limit: "10", on: "true", text: "10" })).toEqual({
      value: { limit: 10, on: true, text: "10" },
    });
  });

  test.for(["1.5", "1e3", "0x10", "01", " 1", "", "true", "١"])("limit=%s is no whole number", (limit) => {
    expect(check(query, "querystring", { limit })).toHaveProperty("error");
  });

  test.for(["1", "yes", "TRUE", ""])("on=%s is no truth", (on) => {
    expect(check(query, "querystring", { on })).toHaveProperty("error");
  });

  test("__proto__ is a member like any other: unknown", () => {
    expect(check(query, "querystring", JSON.parse('{"__proto__":"1"}'))).toHaveProperty("error");
  });
});

test("a body is taken as it is: nothing coerced, nothing dropped", () => {
  expect(check(query, "body", { limit: "10" })).toHaveProperty("error");
  expect(check(query, "body", { limit: 10 })).toEqual({ value: { limit: 10 } });
  expect(check(query, "body", { limit: 10, more: 1 })).toHaveProperty("error");
});

test("whatever comes, it is a value or errors, never an exception", () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom("body", "querystring", "params"), (value, part) => {
      const result = check(query, part, value) as object;
      expect("value" in result || "error" in result).toBe(true);
    }),
  );
});

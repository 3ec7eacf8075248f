import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partyVariables, requestedParties } from "../../../src/switch/requested-parties.ts";

type Sides = Parameters<typeof partyVariables>[0];

const digits = fc.stringMatching(/^[0-9]{1,20}$/);
const phones = fc.oneof(
  digits.map((number) => ({ kind: "extension" as const, number })),
  digits.map((number) => ({ kind: "webUser" as const, number })),
);
const applications = fc.oneof(
  fc.constantFrom("echo" as const, "park" as const).map((app) => ({ kind: "app" as const, app })),
  fc
    .stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
    .map((room) => ({ kind: "app" as const, app: "conference" as const, room })),
);

const asHeaders = (sides: Sides): Record<string, string> =>
  Object.fromEntries(
    Object.entries(partyVariables(sides)).map(([name, value]) => [`variable_${name}`, value]),
  );

function party(side: Sides["to"]): { number: string; name: string } {
  if (side.kind === "app") return { number: side.app === "conference" ? side.room : "", name: side.app };
  return { number: side.kind === "webUser" ? `0${side.number}` : side.number, name: "" };
}

describe("the sides of a call that was asked for", () => {
  test("are read from a leg as they were set on it", () => {
    fc.assert(
      fc.property(phones, fc.oneof(phones, applications), (from, to) => {
        expect(requestedParties(asHeaders({ from, to }))).toEqual({
          from: party(from),
          to: party(to),
          awaitsCallee: to.kind !== "app",
        });
      }),
    );
  });

  test.each([
    ["none", {}],
    ["one of them", { variable_patchcord_from: "1001" }],
    ["a caller that is no number", { variable_patchcord_from: "echo:", variable_patchcord_to: "1002" }],
    ["an unknown application", { variable_patchcord_from: "1001", variable_patchcord_to: "system:id" }],
    ["a line break", { variable_patchcord_from: "1001", variable_patchcord_to: "1002\n" }],
    ["an endless number", { variable_patchcord_from: "1".repeat(22), variable_patchcord_to: "1002" }],
  ])("are not told by %s", (_, headers) => {
    expect(requestedParties(headers)).toBeUndefined();
  });

  test("no headers make it throw", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (from, to) => {
        const told = { variable_patchcord_from: from, variable_patchcord_to: to };
        expect(() => requestedParties(told)).not.toThrow();
      }),
    );
  });
});

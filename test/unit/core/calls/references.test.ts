import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemIds } from "../../../../src/base/index.ts";
import { References, type Referred, webParty } from "../../../../src/core/calls/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

const toUser: Referred = { kind: "to-web-user", user: "1001", uuid: "caller", number: "01001" };
const fromUser: Referred = {
  kind: "from-web-user",
  user: "1001",
  displayName: "Ann",
  invitation: "invitation-1",
};
const minute = 60_000;

function made(capacity?: number) {
  const clock = new ManualClock();
  const references = new References({
    ids: systemIds,
    clock,
    ...(capacity === undefined ? {} : { capacity }),
  });
  return { clock, references };
}

describe("a call to a web user", () => {
  test("is redeemed once, and known until a minute after it was retired", () => {
    const { clock, references } = made();
    const reference = references.issue(toUser);
    expect(reference).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(references.redeem(reference)).toEqual(toUser);
    expect(references.redeem(reference)).toBeNull();
    clock.advance(10 * 60 * minute);
    expect(references.peek(reference)).toEqual(toUser);
    references.retire(reference);
    clock.advance(minute - 1);
    expect(references.peek(reference)).toEqual(toUser);
    expect(references.redeem(reference)).toBeNull();
    clock.advance(1);
    expect(references.peek(reference)).toBeNull();
    expect(references.counts()).toEqual({ waiting: 0, inUse: 0 });
  });

  test("is forgotten when the switch does not call within a minute", () => {
    const { clock, references } = made();
    const reference = references.issue(toUser);
    clock.advance(minute);
    expect(references.redeem(reference)).toBeNull();
  });

  test("is borne by outbound channels alone, all of them", () => {
    const { references } = made();
    const reference = references.issue(toUser);
    expect(references.claim(reference, { uuid: "a", direction: "inbound" })).toBeNull();
    for (const uuid of ["b", "c"])
      expect(references.claim(reference, { uuid, direction: "outbound" })).toEqual(toUser);
  });

  test("is shown by the name of the device that answered", () => {
    const { references } = made();
    const reference = references.issue(toUser);
    expect(webParty(toUser)).toEqual({ number: "01001", name: "" });
    references.answered(reference, "Ann");
    const referred = references.peek(reference);
    expect(referred && webParty(referred)).toEqual({ number: "01001", name: "Ann" });
  });
});

describe("a web user's call", () => {
  test("is the inbound channel that showed its reference first, however long it lasts", () => {
    const { clock, references } = made();
    const reference = references.issue(fromUser);
    clock.advance(10 * minute);
    expect(references.claim(reference, { uuid: "a", direction: "outbound" })).toBeNull();
    expect(references.claim(reference, { uuid: "a", direction: "inbound" })).toEqual(fromUser);
    expect(references.claim(reference, { uuid: "b", direction: "inbound" })).toBeNull();
    expect(references.claim(reference, { uuid: "a", direction: "inbound" })).toEqual(fromUser);
    references.answered(reference, "Somebody else");
    expect(references.peek(reference)).toEqual(fromUser);
  });
});

test("what we did not issue stands for nothing", () => {
  const { references } = made();
  references.issue(fromUser);
  for (const forged of ["", "forged", "A".repeat(22), "__proto__"]) {
    expect(references.peek(forged)).toBeNull();
    expect(references.redeem(forged)).toBeNull();
    expect(references.claim(forged, { uuid: "a", direction: "inbound" })).toBeNull();
    references.retire(forged);
    references.answered(forged, "x");
  }
  expect(references.counts()).toEqual({ waiting: 0, inUse: 1 });
});

test.each([
  ["that nobody redeems", toUser],
  ["in use", fromUser],
])("of references %s only the latest are kept", (_, referred) => {
  const { references } = made(3);
  const issued = Array.from({ length: 5 }, () => references.issue(referred));
  expect(issued.map((one) => references.peek(one) !== null)).toEqual([false, false, true, true, true]);
});

type Step =
  | { readonly do: "issue"; readonly kind: Referred["kind"] }
  | { readonly do: "redeem" | "retire"; readonly which: number }
  | { readonly do: "wait"; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("issue" as const),
    kind: fc.constantFrom("to-web-user" as const, "from-web-user" as const),
  }),
  fc.record({ do: fc.constantFrom("redeem" as const, "retire" as const), which: fc.nat({ max: 9 }) }),
  fc.record({ do: fc.constant("wait" as const), milliseconds: fc.nat({ max: 2 * minute }) }),
);

/** The same without an index, an order or a sweep. */
class Model {
  readonly #all: { reference: string; referred: Referred; redeemed: boolean; until: number }[] = [];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  issued(reference: string, referred: Referred): void {
    const until = referred.kind === "to-web-user" ? this.#clock.now() + minute : Infinity;
    this.#all.push({ reference, referred, redeemed: false, until });
  }

  reference(which: number): string {
    return this.#all[which]?.reference ?? "never issued";
  }

  redeem(which: number): Referred | null {
    const one = this.#all[which];
    if (!one || one.redeemed || one.until <= this.#clock.now()) return null;
    Object.assign(one, { redeemed: true, until: Infinity });
    return one.referred;
  }

  retire(which: number): void {
    const one = this.#all[which];
    if (one?.until === Infinity) one.until = this.#clock.now() + minute;
  }

  holding(): [string, Referred | null][] {
    return this.#all.map(({ reference, referred, until }) => [
      reference,
      until > this.#clock.now() ? referred : null,
    ]);
  }
}

test("whatever is done in whatever order, each holds for as long as it should and is redeemed once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, references } = made();
      const model = new Model(clock);
      const redeemed: (Referred | null)[][] = [[], []];
      for (const one of steps) {
        if (one.do === "wait") clock.advance(one.milliseconds);
        if (one.do === "issue") {
          const referred = one.kind === "to-web-user" ? toUser : fromUser;
          model.issued(references.issue(referred), referred);
        }
        if (one.do === "redeem") {
          redeemed[0]?.push(references.redeem(model.reference(one.which)));
          redeemed[1]?.push(model.redeem(one.which));
        }
        if (one.do === "retire") {
          references.retire(model.reference(one.which));
          model.retire(one.which);
        }
        const holding = model.holding();
        expect(holding.map(([reference]) => [reference, references.peek(reference)])).toEqual(holding);
      }
      expect(redeemed[0]).toEqual(redeemed[1]);
    }),
  );
});

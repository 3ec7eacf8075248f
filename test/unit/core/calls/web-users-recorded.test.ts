import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Bearer, type Call, Calls, type Party } from "../../../../src/core/calls/index.ts";
import { node, recording, type Step } from "./streams.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "fixtures", "web-users");
type Issued = Party & Pick<Bearer, "direction">;
const issued = JSON.parse(readFileSync(join(folder, "references.json"), "utf8")) as Record<
  string,
  Record<string, Issued>
>;

/** A ledger to which the references of a recording are its own. */
function ledger(name: string): Calls {
  return new Calls({
    publish: () => undefined,
    webUserOf(reference, { direction }) {
      const one = issued[name]?.[reference];
      return one?.direction === direction ? { number: one.number, name: one.name } : null;
    },
  });
}

const steps = (name: string): Step[] => recording(name, { folder, proxyAccount: "1000" });

function only(calls: Calls): Call {
  const [call, ...others] = calls.list();
  if (!call || others.length > 0) throw new Error("there is not exactly one call");
  return call;
}

const sides = ({ from, to, legs }: Call) => ({
  from: `${from.name} ${from.number}`.trim(),
  to: `${to.name} ${to.number}`.trim(),
  legs: legs.map(({ number, reference }) => (reference === null ? number : `${number} ours`)),
});

const became = {
  called: { from: "User 1001 1001", to: "Ann 077", legs: ["1001", "077 ours", "1002"] },
  calls: { from: "Ann 077", to: "1001", legs: ["077 ours", "1001", "1002"] },
  asked: { from: "Ann 077", to: "1002", legs: ["077 ours", "1002"] },
  forged: { from: "Ann 1001", to: "1002", legs: ["1001", "1002"] },
};

describe.each(Object.entries(became))("%s", (name, expected) => {
  test("shows the web user's number on the gateway's leg, and the proxy account's on none", () => {
    const calls = ledger(name);
    for (const step of steps(name)) if ("event" in step) calls.apply(step.event);
    const call = only(calls);
    expect(call.state).toBe("ended");
    expect(sides(call)).toEqual(expected);
  });

  test("shows the same to a ledger that begins in the middle of it", () => {
    for (const step of steps(name)) {
      if ("event" in step) continue;
      const calls = ledger(name);
      calls.resync(node, step.core, step.snapshot, step.time);
      const { legs } = sides(only(calls));
      expect(legs.filter((leg) => leg.endsWith("ours"))).toEqual(["077 ours"]);
      expect(legs).not.toContain("1000");
    }
  });
});

test("without the references the account is shown: nothing else tells", () => {
  const calls = new Calls({ publish: () => undefined });
  for (const step of steps("called")) if ("event" in step) calls.apply(step.event);
  expect(only(calls).legs.map(({ number }) => number)).toEqual(["1001", "1000", "1002"]);
});

import { describe, expect, test } from "vitest";
import { advance } from "../../../../fakes/sip-network.ts";
import { answer, nothingLeft, offer, Pair } from "../../../../fakes/sip-pair.ts";

/** What either application may do, by name; each is done at the same instant as another, in both orders. */
const acts: Readonly<Record<string, (pair: Pair) => void>> = {
  cancel: ({ caller }) => caller.told.invite?.cancel(),
  accept: ({ callee }) => {
    if (callee.told.dialog === undefined && !callee.told.events.includes("reject"))
      callee.told.take(callee.told.ringing.accept(answer));
  },
  ring: ({ callee }) => callee.told.ringing.ring(),
  "ring reliably": ({ callee }) => callee.told.ringing.ring({ status: 183, sdp: answer }),
  reject: ({ callee }) => {
    callee.told.events.push("reject");
    callee.told.ringing.reject(486);
  },
  "caller bye": ({ caller }) => void caller.told.dialog?.bye(),
  "callee bye": ({ callee }) => void callee.told.dialog?.bye(),
  "caller reinvite": ({ caller }) => void caller.told.dialog?.reinvite(offer).catch(() => undefined),
  "callee reinvite": ({ callee }) => void callee.told.dialog?.reinvite(offer).catch(() => undefined),
  "caller info": ({ caller }) => void caller.told.dialog?.info("text/plain", "x"),
  "callee info": ({ callee }) => void callee.told.dialog?.info("text/plain", "x"),
  "caller refer": ({ caller }) =>
    void caller.told.dialog?.refer("sip:c@10.0.0.3", {}, { notified: () => undefined }),
  "callee refer": ({ callee }) =>
    void callee.told.dialog?.refer("sip:c@10.0.0.3", {}, { notified: () => undefined }),
};

const ringing = ["cancel", "accept", "ring", "ring reliably", "reject"];
const answered = Object.keys(acts).filter(
  (act) => !["accept", "ring", "ring reliably", "reject"].includes(act),
);

const pairsOf = (names: readonly string[]): [first: string, second: string][] =>
  names.flatMap((first) => names.map((second) => [first, second] as [string, string]));

/** Milliseconds from the caller to the callee and back: either side's word may be the first to arrive. */
const latencies: readonly (readonly [there: number, back: number])[] = [
  [1, 1],
  [1, 300],
  [300, 1],
];

/** Offers and transfers are answered at once. */
function obliging(pair: Pair): void {
  for (const { told } of [pair.caller, pair.callee]) {
    told.dialogHandlers.reinvite = (offered) => void offered.accept(answer);
    told.dialogHandlers.refer = (asked) => asked.accept().notify(200);
  }
}

async function run(
  prepare: readonly string[],
  race: readonly string[],
  there: number,
  back: number,
): Promise<Pair> {
  const pair = await Pair.open();
  obliging(pair);
  pair.invite();
  await advance(pair.clock, 10);
  for (const act of prepare) {
    acts[act]?.(pair);
    await advance(pair.clock, 10);
  }
  pair.network.fate = ({ from }) => ({ arrivals: [from.host === "10.0.0.1" ? there : back] });
  for (const act of race) acts[act]?.(pair);
  await advance(pair.clock, 30_000);
  return pair;
}

const implies = (condition: boolean, consequence: boolean): boolean => !condition || consequence;

describe.each([
  ["while it rings", ["ring"], ringing],
  ["once it is answered", ["accept"], answered],
] as const)("two things at once %s", (_, prepare, names) => {
  describe.each(latencies)("with %d ms there and %d ms back", (there, back) => {
    test.each(pairsOf(names))("%s, then %s", async (first, second) => {
      const pair = await run(prepare, [first, second], there, back);
      const { caller, callee } = { caller: pair.caller.told, callee: pair.callee.told };
      expect(caller.dialog?.open ?? false).toBe(callee.dialog?.open ?? false);
      const race = [first, second];
      const leaves = race.some((act) => ["cancel", "caller bye", "callee bye", "reject"].includes(act));
      const hungUp = race.some((act) => act.endsWith(" bye"));
      expect(implies(prepare[0] === "accept", caller.dialog?.open === !hungUp)).toBe(true);
      // Nobody who ended it is told that it ended; everybody else is, once.
      const ends = [caller, callee].map(({ events }) => events.filter((one) => /^(bye|lost)/.test(one)));
      for (const told of ends) expect(told.length).toBeLessThanOrEqual(1);
      expect(ends.flat().filter((one) => one.startsWith("lost"))).toEqual([]);
      expect(implies(!leaves, ends.flat().length === 0)).toBe(true);
      const outcomes = caller.events.filter((one) => /^(accepted|rejected)/.test(one));
      expect(outcomes.length).toBeLessThanOrEqual(1);
      expect(implies(leaves && prepare[0] === "ring", outcomes.length === 1)).toBe(true);

      for (const end of ["caller bye", "callee bye", "reject", "cancel"]) acts[end]?.(pair);
      await advance(pair.clock, 300_000);
      expect(pair.left()).toEqual(nothingLeft);
    });
  });
});

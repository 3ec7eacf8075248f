import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../../src/base/index.ts";
import { advance } from "../../../../fakes/sip-network.ts";
import { answer, nothingLeft, offer, Pair } from "../../../../fakes/sip-pair.ts";

/** A source of chance that a failing run can repeat. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const acts = [
  "ring",
  "ring with sdp",
  "accept",
  "reject",
  "cancel",
  "caller bye",
  "callee bye",
  "caller reinvite",
  "callee reinvite",
  "caller info",
  "callee refer",
  "caller closes",
] as const;
type Act = (typeof acts)[number];

/** Does what the application of either side might, at any time; what cannot be done any more is refused or ignored. */
function perform(pair: Pair, act: Act): void {
  const { caller, callee } = pair;
  const quietly = (promise: Promise<unknown> | undefined): void => void promise?.catch(() => undefined);
  switch (act) {
    case "ring":
      callee.told.incoming?.ring();
      break;
    case "ring with sdp":
      callee.told.incoming?.ring({ status: 183, sdp: answer });
      break;
    case "accept":
      try {
        if (callee.told.incoming) callee.told.take(callee.told.incoming.accept(answer));
      } catch (error) {
        const late = error instanceof Failure && /^already-(ended|accepted)$/.test(error.code);
        if (!late) throw error;
      }
      break;
    case "reject":
      if (callee.told.incoming) callee.told.events.push("reject");
      callee.told.incoming?.reject(486);
      break;
    case "cancel":
      caller.told.invite?.cancel();
      break;
    case "caller bye":
      quietly(caller.told.dialog?.bye());
      break;
    case "callee bye":
      quietly(callee.told.dialog?.bye());
      break;
    case "caller reinvite":
      quietly(caller.told.dialog?.reinvite(offer));
      break;
    case "callee reinvite":
      quietly(callee.told.dialog?.reinvite(offer));
      break;
    case "caller info":
      quietly(caller.told.dialog?.info("application/dtmf-relay", "Signal=5\r\nDuration=100\r\n"));
      break;
    case "callee refer":
      quietly(callee.told.dialog?.refer("sip:c@10.0.0.3", {}, { notified: () => undefined }));
      break;
    case "caller closes":
      quietly(caller.agent.close());
      break;
  }
}

const script = fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.constantFrom(...acts)), {
  minLength: 1,
  maxLength: 8,
});

interface Faults {
  readonly loss: number;
  readonly duplication: number;
  /** Milliseconds that one message may take longer than another. */
  readonly jitter: number;
  readonly seed: number;
}

const faults = (...losses: readonly number[]): fc.Arbitrary<Faults> =>
  fc.record({
    loss: fc.constantFrom(...losses),
    duplication: fc.constantFrom(0, 0.1, 0.5),
    jitter: fc.constantFrom(0, 10, 700, 5000),
    seed: fc.nat(),
  });

async function run(
  protocol: "UDP" | "TCP",
  steps: readonly (readonly [number, Act])[],
  given: Faults,
): Promise<Pair> {
  const pair = await Pair.open(protocol);
  const random = chance(given.seed);
  const arrival = (): number => 1 + Math.floor(random() * given.jitter);
  // TCP neither loses nor doubles nor reorders.
  if (protocol === "UDP")
    pair.network.fate = () => {
      if (random() < given.loss) return { arrivals: [] };
      return { arrivals: random() < given.duplication ? [arrival(), arrival()] : [arrival()] };
    };
  // Offers are answered by some, refused by others.
  for (const { told } of [pair.caller, pair.callee]) {
    const noted = { ...told.dialogHandlers };
    told.dialogHandlers.reinvite = (offered) => {
      noted.reinvite(offered);
      if (random() < 0.7) offered.accept(answer).catch(() => undefined);
      else offered.reject(488);
    };
    told.dialogHandlers.refer = (asked) => {
      noted.refer(asked);
      if (random() < 0.5) asked.accept().notify(200);
      else asked.reject(603);
    };
  }
  pair.invite();
  for (const [wait, act] of steps) {
    await advance(pair.clock, wait);
    perform(pair, act);
  }
  return pair;
}

/** Whatever nobody ended ends now. */
async function end(pair: Pair): Promise<void> {
  await advance(pair.clock, 200_000);
  perform(pair, "reject");
  perform(pair, "caller bye");
  perform(pair, "callee bye");
  perform(pair, "cancel");
  await advance(pair.clock, 400_000);
}

const count = (events: readonly string[], which: RegExp): number =>
  events.filter((one) => which.test(one)).length;

const leaving = ["cancel", "caller bye", "callee bye", "caller closes"] as const;

describe.each(["UDP", "TCP"] as const)("over %s", (protocol) => {
  test("a call ends on both sides, is told once and leaves nothing, whatever happens", async () => {
    await fc.assert(
      fc.asyncProperty(script, faults(0, 0.05, 0.2, 0.5, 0.9), async (steps, given) => {
        const pair = await run(protocol, steps, given);
        await end(pair);
        expect(pair.left()).toEqual(nothingLeft);
        expect(pair.clock.pending).toEqual([]);
        for (const { told } of [pair.caller, pair.callee]) {
          expect(told.dialog?.open ?? false).toBe(false);
          expect(count(told.events, /^(bye|lost)/)).toBeLessThanOrEqual(1);
        }
        const { events } = pair.caller.told;
        expect(count(events, /^(accepted|rejected)/)).toBe(1);
        // An answered call was answered: nobody talks to somebody whose phone never rang.
        expect(count(events, /^accepted/) === 0 || pair.callee.told.dialog !== undefined).toBe(true);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test("both sides agree on how it stands, while no more than one message in twenty is lost", async () => {
    await fc.assert(
      fc.asyncProperty(script, faults(0, 0.05), async (steps, given) => {
        const pair = await run(protocol, steps, given);
        const { caller, callee } = { caller: pair.caller.told, callee: pair.callee.told };
        // Longer than a 2xx or a BYE is repeated, shorter than timer C: nothing is put right by giving up.
        await advance(pair.clock, 70_000);
        const acted = new Set<Act>(steps.map(([, act]) => act));
        expect(caller.dialog?.open ?? false).toBe(callee.dialog?.open ?? false);
        const stays = leaving.some((act) => acted.has(act)) ? undefined : callee.dialog;
        expect((await stays?.acknowledged) ?? null).toBeNull();
        expect(stays === undefined || caller.dialog?.open === true).toBe(true);
        const canceled = callee.events.includes("canceled");
        const rejected = callee.events.includes("reject") && !callee.dialog;
        const last = caller.events.at(-1) ?? "";
        const heard = rejected && !canceled && !acted.has("caller closes");
        expect(!heard || /^rejected 48[67]/.test(last)).toBe(true);
        // A caller that closes does not wait for long.
        expect(!canceled || callee.dialog !== undefined || /^rejected (487|503)/.test(last)).toBe(true);
        await end(pair);
        expect(pair.left()).toEqual(nothingLeft);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

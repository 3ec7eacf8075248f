import { Failure } from "../../base/index.ts";
import { causes } from "./causes.ts";
import type { ChannelCommand } from "./control.ts";
import type { Call, Leg } from "./model.ts";

/** What can be asked of a call. `leg` is the uuid of one of its legs; the default is documented at `plan`. */
export type Verb =
  | { readonly verb: "hangup"; readonly cause?: string }
  | { readonly verb: "answer" }
  | { readonly verb: "hold"; readonly leg?: string }
  | { readonly verb: "resume"; readonly leg?: string }
  | { readonly verb: "transfer"; readonly leg?: string; readonly to: string }
  | { readonly verb: "bridge"; readonly with: string }
  | { readonly verb: "park" }
  | { readonly verb: "dtmf"; readonly leg?: string; readonly digits: string };

const verbNames = ["hangup", "answer", "hold", "resume", "transfer", "bridge", "park", "dtmf"] as const;
export type VerbName = (typeof verbNames)[number];

/** The event that shows that a verb did what it was asked for. */
export interface Outcome {
  readonly type: `call.${string}`;
  /** It happens to one of these legs; null: to the call. */
  readonly legs: readonly string[] | null;
}

/** What a verb comes to: commands for the switch, and what will be seen; null: the switch's `+OK` is all there is. */
export interface Plan {
  readonly commands: readonly ChannelCommand[];
  readonly outcome: Outcome | null;
}

const live = (leg: Leg): boolean => leg.state !== "ended";
const answered = (leg: Leg): boolean => live(leg) && leg.answeredAt !== null;

/** Which legs a verb fits. Legs are ordered by age. */
const fits: Readonly<Record<VerbName, (leg: Leg) => boolean>> = {
  hangup: live,
  answer: (leg) => live(leg) && leg.direction === "inbound" && leg.answeredAt === null,
  hold: (leg) => leg.state === "active",
  resume: (leg) => leg.state === "held",
  transfer: answered,
  bridge: answered,
  park: (leg) => answered(leg) && leg.state !== "parked",
  dtmf: answered,
};

/** Verbs that fit a call as it is now. */
export function allowedVerbs(call: Call): VerbName[] {
  // A call that the switch has not begun yet can be given up.
  if (call.state !== "ended" && call.legs.length === 0) return ["hangup"];
  return verbNames.filter((name) => call.state !== "ended" && call.legs.some(fits[name]));
}

function notAllowed(call: Call, verb: VerbName, why: string): Failure {
  const allowed = allowedVerbs(call);
  const next =
    allowed.length === 0 ? "nothing can be asked of it any more" : `allowed now: ${allowed.join(", ")}`;
  return new Failure("verb-not-allowed", `${verb}: ${why}; ${next}`, { state: call.state, allowed });
}

/**
 * What a verb means for a call as it is now, and the leg that is meant when none is named:
 * - `hold`: the leg holds, as if its phone had; default the oldest active leg, that is the caller.
 * - `resume`: default the oldest held leg. `answer`: the oldest caller not answered yet.
 * - `transfer`: the leg is sent to the number, as by `uuid_transfer UUID DEST` (mod_commands.c); who talked with it is
 *   let go by the switch. Default the oldest answered leg, so that the caller is sent on.
 * - `park`, `bridge`: the oldest answered leg is parked, or connected with the oldest of the other call; who talked
 *   with it is let go by the switch.
 * - `dtmf`: the leg hears the digits; default the youngest answered leg, that is the callee.
 * - `hangup`: every leg.
 *
 * `other` is the call that `bridge` names, `destination` where `transfer` goes.
 * @throws Failure leg-not-found, verb-not-allowed, invalid-request
 */
export function plan(call: Call, verb: Verb, o: PlanOptions = {}): Plan {
  if (verb.verb === "hangup") return hangUp(call, verb.cause ?? "NORMAL_CLEARING");
  if (verb.verb === "bridge") return bridge(call, verb.with, o.other);
  const leg = legFor(call, verb.verb, "leg" in verb ? verb.leg : undefined);
  if (verb.verb === "transfer") return transfer(leg, o.destination);
  const { uuid } = leg;
  if (verb.verb === "dtmf") {
    checkDigits(verb.digits);
    return { commands: [{ verb: "dtmf", uuid, digits: verb.digits }], outcome: null };
  }
  const outcome = { type: outcomes[verb.verb], legs: verb.verb === "answer" ? null : [uuid] };
  return { commands: [{ verb: verb.verb, uuid }], outcome };
}

interface PlanOptions {
  readonly other?: Call;
  readonly destination?: Destination;
}

const outcomes = {
  answer: "call.answered",
  hold: "call.held",
  resume: "call.resumed",
  park: "call.parked",
} as const;

function transfer(leg: Leg, destination: Destination | undefined): Plan {
  if (!destination) throw new Failure("invalid-request", "transfer wants the number to go to");
  const { number: to, context } = destination;
  const { uuid } = leg;
  return {
    commands: [{ verb: "transfer", uuid, to, context }],
    outcome: { type: "call.transferred", legs: [uuid] },
  };
}

/** Where a transferred leg goes on in the dialplan. */
export interface Destination {
  readonly number: string;
  readonly context: string;
}

function hangUp(call: Call, cause: string): Plan {
  if (!causes.has(cause)) {
    throw new Failure(
      "invalid-request",
      `${cause.slice(0, 60)} is no cause; use a name such as NORMAL_CLEARING or USER_BUSY`,
    );
  }
  if (call.state === "ended") throw notAllowed(call, "hangup", "the call has ended");
  const commands = call.legs.filter(live).map(({ uuid }) => ({ verb: "hangup", uuid, cause }) as const);
  return { commands, outcome: { type: "call.ended", legs: null } };
}

function bridge(call: Call, wanted: string, other: Call | undefined): Plan {
  if (!other) {
    throw new Failure(
      "call-not-found",
      `no call has the id or a leg of the uuid ${JSON.stringify(wanted.slice(0, 80))}`,
    );
  }
  const named = other.legs.find(({ uuid }) => uuid === wanted);
  const there = legFor(other, "bridge", named?.uuid);
  const here = call.legs.find((leg) => fits.bridge(leg) && leg.uuid !== there.uuid);
  if (!here) throw notAllowed(call, "bridge", "it has no answered leg to connect");
  if (here.bridgedWith === there.uuid) throw notAllowed(call, "bridge", "the two are connected already");
  if (call.node !== other.node) throw notAllowed(call, "bridge", "the two calls are on different switches");
  const legs = [here.uuid, there.uuid];
  return {
    commands: [{ verb: "bridge", uuid: here.uuid, other: there.uuid }],
    outcome: { type: "call.bridged", legs },
  };
}

/** Of the legs that fit, oldest first. */
function defaultLeg(legs: readonly Leg[], verb: VerbName): Leg | undefined {
  return verb === "dtmf" ? legs.at(-1) : legs[0];
}

function legFor(call: Call, verb: VerbName, named?: string): Leg {
  if (named === undefined) {
    const leg = defaultLeg(call.legs.filter(fits[verb]), verb);
    if (leg) return leg;
    throw notAllowed(
      call,
      verb,
      call.state === "ended" ? "the call has ended" : "no leg of the call is in a state for it",
    );
  }
  const leg = call.legs.find(({ uuid }) => uuid === named);
  if (!leg)
    throw new Failure(
      "leg-not-found",
      `call ${call.id} has no leg ${JSON.stringify(named.slice(0, 80))}; see its legs`,
    );
  if (fits[verb](leg)) return leg;
  throw notAllowed(call, verb, `leg ${leg.uuid} is ${leg.state}`);
}

/** Digits as mod_dptools' send_dtmf takes them: `w` waits half a second, `W` one. Throws `invalid-request`. */
export function checkDigits(digits: string): void {
  if (/^[0-9A-Da-d*#wW]{1,64}$/.test(digits)) return;
  throw new Failure("invalid-request", "digits are 1 to 64 of 0-9 A-D * # and the pauses w and W");
}

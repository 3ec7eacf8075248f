import { referenceHeader, referenceVariable } from "../core/calls/index.ts";
import type { RouteCaller, RouteDecision, RouteOutcome } from "../core/routing/index.ts";
import { callerName, checkLiteral, userTarget } from "../protocol/dialstring/index.ts";
import type { Action } from "../protocol/fsxml/index.ts";
import { distrusted, mixedCodecs, numberHeader, shownCallee } from "./headers.ts";
import { holdMusic, milliwatt, ringback } from "./media.ts";

export interface ActionSettings {
  readonly ringSeconds: number;
}

/** What is known of this very call. */
export interface CallFacts {
  /** Variables of the caller's headers that must not be believed. */
  readonly forged: readonly string[];
  /** The reference that the caller's channel bears, if it is a web user's. */
  readonly callerReference: string | null;
  /** The one that was issued for the call to a web user; null where none is called. */
  readonly calleeReference: string | null;
}

/**
 * Longer than the web user rings, and than the media of an answer given in the last second takes to connect: the answer
 * to the call is ours to give.
 */
const ringMarginSeconds = 20;
const extensionRingSeconds = 60;

/**
 * Milliseconds without RTP after which a call is lost, and the same while it is held (switch_core_media.c,
 * media_timeout): a phone that died mid-call says nothing else. Held phones send nothing for as long as they like.
 */
const mediaTimeout = { media_timeout: "60000", media_hold_timeout: "3600000" };

const action = (application: string, data = ""): Action => ({
  application,
  data: checkLiteral(data, application),
});
const set = (name: string, value: string): Action => action("set", `${name}=${value}`);
const exported = (name: string, value: string): Action => action("export", `${name}=${value}`);

/** `domain` is literal: a callee's leg that dials on has no domain variables. */
const bridgeTo = (
  number: string,
  domain: string,
  seconds: number,
  headers: readonly Action[] = [],
): Action[] => [
  set("hangup_after_bridge", "true"),
  set("call_timeout", String(seconds)),
  exported("hold_music", holdMusic),
  set("transfer_ringback", ringback),
  ...headers,
  action("bridge", userTarget(number, domain)),
];

function toWebUser(
  { number, proxyAccount }: Extract<RouteOutcome, { kind: "webUser" }>,
  domain: string,
  { ringSeconds }: ActionSettings,
  reference: string | null,
): Action[] {
  if (reference === null) throw new Error("a web user is called without a reference");
  return bridgeTo(proxyAccount, domain, ringSeconds + ringMarginSeconds, [
    // Of the next leg alone: set on this one it would go along on every later bridge.
    exported(`nolocal:sip_h_${numberHeader}`, `<sip:${number}@${domain}>`),
    exported(`nolocal:sip_h_${referenceHeader}`, reference),
    // Whom the caller's phone shows once it is answered, instead of the account.
    ...shownCallee.map((name) => exported(name, `0${number}`)),
  ]);
}

function toOutcome(
  { outcome, domain }: RouteDecision,
  settings: ActionSettings,
  reference: string | null,
): Action[] {
  switch (outcome.kind) {
    case "webUser":
      return toWebUser(outcome, domain, settings, reference);
    case "extension":
      // A browser takes whatever a phone speaks, and so is offered that alone: nothing is transcoded.
      return bridgeTo(outcome.number, domain, extensionRingSeconds, [exported(mixedCodecs, "true")]);
    case "feature":
      return [action("answer"), ...featureActions(outcome.feature, outcome.number)];
    case "reject":
      return [action("hangup", outcome.cause)];
    default:
      throw new Error("unknown kind of route", { cause: outcome satisfies never });
  }
}

function featureActions(feature: "echo" | "milliwatt" | "music" | "conference", number: string): Action[] {
  switch (feature) {
    case "echo":
      return [action("echo")];
    case "milliwatt":
      return [action("playback", milliwatt)];
    case "music":
      return [action("playback", holdMusic)];
    case "conference":
      return [action("conference", `${number}@default`)];
    default:
      throw new Error("unknown feature", { cause: feature satisfies never });
  }
}

/**
 * A web user is shown as such, whatever the directory says of the account that it calls through; and the channel keeps
 * its reference, for the day when it is sent on.
 */
function asWebUser(caller: RouteCaller, reference: string | null): Action[] {
  if (caller.kind !== "webUser") return [];
  const { number, name } = caller.shown;
  return [
    set("effective_caller_id_name", callerName(name || number)),
    set("effective_caller_id_number", number),
    ...(reference === null ? [] : [set(referenceVariable, reference)]),
  ];
}

/** What FreeSWITCH is to do. */
export function actionsOf(decision: RouteDecision, settings: ActionSettings, facts: CallFacts): Action[] {
  const { forged, callerReference, calleeReference } = facts;
  const route = toOutcome(decision, settings, calleeReference);
  if (decision.outcome.kind === "reject") return route;
  return [
    ...distrusted(forged).map((name) => action("unset", name)),
    ...asWebUser(decision.caller, callerReference),
    ...Object.entries(mediaTimeout).map(([name, value]) => exported(name, value)),
    ...route,
  ];
}

import type { RouteDecision, RouteOutcome } from "../core/routing/index.ts";
import { checkLiteral, userTarget } from "../protocol/dialstring/index.ts";
import type { Action } from "../protocol/fsxml/index.ts";
import { distrusted, numberHeader } from "./headers.ts";
import { holdMusic, milliwatt, ringback } from "./media.ts";

export interface ActionSettings {
  readonly ringSeconds: number;
}

/** Longer than the web user rings: the answer to an unanswered call is ours to give. */
const ringMarginSeconds = 10;
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

function toOutcome(outcome: RouteOutcome, domain: string, { ringSeconds }: ActionSettings): Action[] {
  switch (outcome.kind) {
    case "webUser":
      return bridgeTo(outcome.proxyAccount, domain, ringSeconds + ringMarginSeconds, [
        // Of the next leg alone: set on this one it would go along on every later bridge.
        exported(`nolocal:sip_h_${numberHeader}`, `<sip:${outcome.number}@${domain}>`),
      ]);
    case "extension":
      return bridgeTo(outcome.number, domain, extensionRingSeconds);
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

/** What FreeSWITCH is to do. `forged`: variables of the caller's headers that must not be believed. */
export function actionsOf(
  { outcome, domain }: RouteDecision,
  settings: ActionSettings,
  forged: readonly string[] = [],
): Action[] {
  const route = toOutcome(outcome, domain, settings);
  if (outcome.kind === "reject") return route;
  return [
    ...distrusted(forged).map((name) => action("unset", name)),
    ...Object.entries(mediaTimeout).map(([name, value]) => exported(name, value)),
    ...route,
  ];
}

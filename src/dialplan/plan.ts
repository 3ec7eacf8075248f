import { decide, type RouteDecision, type RouteDirectory, type RouteStep } from "../core/routing/index.ts";
import { dialplanDocument, type Action } from "../protocol/fsxml/index.ts";
import { actionsOf, type ActionSettings } from "./actions.ts";

export const renderDialplan = (
  decision: RouteDecision,
  settings: ActionSettings,
  forged: readonly string[] = [],
): string =>
  dialplanDocument({
    context: decision.context,
    extension: decision.outcome.name,
    actions: actionsOf(decision, settings, forged),
  });

/** A route told test by test, with what FreeSWITCH would be answered. */
export interface RouteExplanation extends Pick<RouteDecision, "context"> {
  readonly steps: RouteStep[];
  readonly actions: Action[];
  readonly outcome: {
    readonly kind: RouteDecision["outcome"]["kind"];
    readonly target: string;
    /** Why it is rejected. */
    readonly reason?: string;
  };
  readonly xml: string;
}

/** A question about a route: who is called when `from` dials `to`. */
export interface RouteQuestion {
  /** Number of the calling extension; what is none is a stranger. */
  readonly from: string;
  readonly to: string;
  /** The dialplan context; that of the calling extension if not given, `public` for a stranger. */
  readonly context?: string;
  readonly domain: string;
}

/** The generator that answers FreeSWITCH, asked by a person. */
export async function explainRoute(
  { from, to, context: wanted, domain }: RouteQuestion,
  directory: RouteDirectory,
  settings: ActionSettings,
): Promise<RouteExplanation> {
  const caller = from === "" ? undefined : await directory.extension(domain, from);
  const context = wanted ?? caller?.context ?? "public";
  const decision = await decide({ context, dialled: to, caller: caller?.number ?? null, domain }, directory);
  const stranger =
    from === "" || caller || wanted !== undefined ? "" : `${from} is not provisioned, so it is a stranger: `;
  return {
    context,
    steps: [...decision.steps],
    actions: actionsOf(decision, settings),
    outcome: outcomeOf(decision, stranger),
    xml: renderDialplan(decision, settings),
  };
}

function outcomeOf({ outcome }: RouteDecision, preface: string): RouteExplanation["outcome"] {
  return outcome.kind === "reject"
    ? { kind: outcome.kind, target: outcome.cause, reason: preface + outcome.reason }
    : { kind: outcome.kind, target: outcome.number };
}

import {
  decide,
  type RouteDecision,
  type RouteDirectory,
  type RouteQuery,
  type RouteStep,
} from "../core/routing/index.ts";
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
  readonly outcome: { readonly kind: RouteDecision["outcome"]["kind"]; readonly target: string };
  readonly xml: string;
}

/** The generator that answers FreeSWITCH, asked by a person. */
export async function explainRoute(
  query: RouteQuery,
  directory: RouteDirectory,
  settings: ActionSettings,
): Promise<RouteExplanation> {
  const decision = await decide(query, directory);
  const { context, steps, outcome } = decision;
  return {
    context,
    steps: [...steps],
    actions: actionsOf(decision, settings),
    outcome: { kind: outcome.kind, target: outcome.kind === "reject" ? outcome.cause : outcome.number },
    xml: renderDialplan(decision, settings),
  };
}

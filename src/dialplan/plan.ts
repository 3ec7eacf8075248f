import {
  decide,
  type RouteCaller,
  type RouteDecision,
  type RouteDirectory,
  type RouteRules,
  type RouteStep,
  webUserForm,
} from "../core/routing/index.ts";
import { dialplanDocument, type Action } from "../protocol/fsxml/index.ts";
import { actionsOf, type ActionSettings, type CallFacts } from "./actions.ts";

export const renderDialplan = (decision: RouteDecision, settings: ActionSettings, facts: CallFacts): string =>
  dialplanDocument({
    context: decision.context,
    extension: decision.outcome.name,
    actions: actionsOf(decision, settings, facts),
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
  /** Number of the calling extension, or 0 and a web user's; what is neither is a stranger. */
  readonly from: string;
  readonly to: string;
  /** The dialplan context; that of the calling extension if not given, `public` for a stranger. */
  readonly context?: string;
  readonly domain: string;
}

/** Stands where the switch is answered a nonce: explaining a route calls nobody. */
const placeholder = "ISSUED-WHEN-CALLED";

interface Asking {
  readonly caller: RouteCaller;
  readonly context: string;
}

async function askingAs(from: string, domain: string, directory: RouteDirectory): Promise<Asking> {
  const [, user] = webUserForm.exec(from) ?? [];
  if (user !== undefined) {
    const caller = { kind: "webUser", number: user, shown: { number: from, name: "" }, dials: true } as const;
    const account = await directory.extension(domain, directory.proxyAccount);
    return { caller, context: account?.context ?? "default" };
  }
  const extension = from === "" ? undefined : await directory.extension(domain, from);
  if (!extension) return { caller: { kind: "none" }, context: "public" };
  const { kind, number, context } = extension;
  return { caller: kind === "proxy" ? { kind: "unproven" } : { kind: "extension", number }, context };
}

/** The generator that answers FreeSWITCH, asked by a person. */
export async function explainRoute(
  { from, to, context: wanted, domain }: RouteQuestion,
  directory: RouteDirectory,
  settings: ActionSettings & RouteRules,
): Promise<RouteExplanation> {
  const { caller, context: own } = await askingAs(from, domain, directory);
  const context = wanted ?? own;
  const decision = await decide({ context, dialled: to, caller, domain }, directory, settings);
  const stranger =
    from === "" || caller.kind !== "none" || wanted !== undefined
      ? ""
      : `${from} is not provisioned, so it is a stranger: `;
  const facts: CallFacts = {
    forged: [],
    callerReference: caller.kind === "webUser" ? placeholder : null,
    calleeReference: placeholder,
  };
  return {
    context,
    steps: [...decision.steps],
    actions: actionsOf(decision, settings, facts),
    outcome: outcomeOf(decision, stranger),
    xml: renderDialplan(decision, settings, facts),
  };
}

function outcomeOf({ outcome }: RouteDecision, preface: string): RouteExplanation["outcome"] {
  return outcome.kind === "reject"
    ? { kind: outcome.kind, target: outcome.cause, reason: preface + outcome.reason }
    : { kind: outcome.kind, target: outcome.number };
}

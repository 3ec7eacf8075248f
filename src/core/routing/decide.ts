import { numberForm, type Extension } from "../extensions/index.ts";
import { type DialRule, dialRuleAdmits } from "./dial-rule.ts";
import type { RouteDecision, RouteOutcome, RouteQuery, RouteStep } from "./model.ts";
import { diallable, features, webUser } from "./number-plan.ts";

/** What routing asks of the directory. */
export interface RouteDirectory {
  /** The account that calls to web users are bridged to. */
  readonly proxyAccount: string;
  extension(domain: string, number: string): Promise<Extension | undefined>;
}

/** What this installation wants of its routes. */
export interface RouteRules {
  /** What web users may dial. */
  readonly webDialRule: DialRule;
}

/** Q.850 causes 1, 21 and 52, which FreeSWITCH turns into 404, 603 and 403 (hangup_cause_to_sip, mod_sofia.c). */
type RejectCause = "UNALLOCATED_NUMBER" | "CALL_REJECTED" | "OUTGOING_CALL_BARRED";

const reject = (name: string, reason: string, cause: RejectCause = "UNALLOCATED_NUMBER"): RouteOutcome => ({
  kind: "reject",
  name,
  cause,
  reason,
});

/** Tells, test by test, where the decision came from. */
class Trace {
  readonly steps: RouteStep[] = [];

  pass(extension: string, field: string, expression: string, value: string, pass: boolean): boolean {
    this.steps.push({ extension, field, expression, value, pass });
    return pass;
  }

  match(extension: string, field: string, expression: RegExp, value: string): RegExpExecArray | null {
    const found = expression.exec(value);
    this.pass(extension, field, expression.source, value, found !== null);
    return found;
  }
}

async function lookUp(
  number: string,
  domain: string,
  directory: RouteDirectory,
  trace: Trace,
): Promise<RouteOutcome> {
  const state =
    number === directory.proxyAccount ? "proxy account" : stateOf(await directory.extension(domain, number));
  if (trace.pass("extension", "directory", `${number}@${domain} enabled`, state, state === "enabled")) {
    return { kind: "extension", name: "extension", number };
  }
  return reject(
    "unknown-number",
    `${number} is ${state === "absent" ? "not provisioned" : `no extension to call: ${state}`}`,
  );
}

const stateOf = (found: Extension | undefined): string => {
  if (!found) return "absent";
  if (found.kind === "proxy") return "proxy account";
  return found.enabled ? "enabled" : "disabled";
};

/** What web users are told of a number that their rule does not list; null where it does, or is not theirs. */
function barred(
  { caller, dialled }: RouteQuery,
  { webDialRule }: RouteRules,
  trace: Trace,
): RouteOutcome | null {
  if (caller.kind !== "webUser" || !caller.dials || webDialRule === null) return null;
  const admitted = dialRuleAdmits(webDialRule, dialled);
  if (trace.pass("web-dial-rule", "destination_number", "webDialRule", dialled, admitted)) return null;
  return reject(
    "web-dial-rule",
    `web users may not dial ${dialled}: webDialRule does not list it`,
    "OUTGOING_CALL_BARRED",
  );
}

async function route(
  query: RouteQuery,
  directory: RouteDirectory,
  rules: RouteRules,
  trace: Trace,
): Promise<RouteOutcome> {
  const { caller, context, dialled, domain } = query;
  if (caller.kind === "unproven") {
    trace.pass("caller", "reference", "issued by Patchcord for this call", "none", false);
    return reject(
      "unproven-caller",
      "the proxy account calls for web users alone, each time with a reference that Patchcord issued for it",
      "CALL_REJECTED",
    );
  }
  if (!trace.match("context", "context", /^default$/, context)) {
    return reject("unknown-context", `nothing can be reached from the context ${JSON.stringify(context)}`);
  }
  if (!trace.match("diallable", "destination_number", diallable, dialled)) {
    return reject("not-diallable", "only digits, *, # and + can be dialled, at most 21 of them");
  }
  const refused = barred(query, rules, trace);
  if (refused) return refused;
  const [, user] = trace.match("web-user", "destination_number", webUser, dialled) ?? [];
  if (user !== undefined) {
    return { kind: "webUser", name: "web-user", number: user, proxyAccount: directory.proxyAccount };
  }
  for (const { feature, expression } of features) {
    if (trace.match(feature, "destination_number", expression, dialled)) {
      return { kind: "feature", name: feature, feature, number: dialled };
    }
  }
  if (trace.match("extension", "destination_number", numberForm, dialled)) {
    return lookUp(dialled, domain, directory, trace);
  }
  return reject("unknown-number", `${dialled} is no extension, no web user and no service`);
}

/** Where a call goes, and by which tests. Rejects only if the directory does. */
export async function decide(
  query: RouteQuery,
  directory: RouteDirectory,
  rules: RouteRules,
): Promise<RouteDecision> {
  const trace = new Trace();
  const outcome = await route(query, directory, rules, trace);
  return { ...query, steps: trace.steps, outcome };
}

export { decide, type RouteDirectory, type RouteRules } from "./decide.ts";
export { parseDestination, type Destination } from "./destination.ts";
export { type DialRule, dialRuleAdmits, parseDialRule } from "./dial-rule.ts";
export type { RouteCaller, RouteDecision, RouteOutcome, RouteQuery, RouteStep } from "./model.ts";
export { diallable, webUser as webUserForm } from "./number-plan.ts";

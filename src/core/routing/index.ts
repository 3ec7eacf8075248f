export { decide, type RouteDirectory } from "./decide.ts";
export { parseDestination, type Destination } from "./destination.ts";
export type { RouteDecision, RouteOutcome, RouteQuery, RouteStep } from "./model.ts";

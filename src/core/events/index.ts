export { EventLog, type Replay } from "./event-log.ts";
export type { LoggedEvent } from "./model.ts";
export { typeMatcher, type TypeMatcher } from "./type-matcher.ts";

export { EventLog, type EventLogOptions, type Replay } from "./event-log.ts";
export type { LoggedEvent } from "./model.ts";
export { typeMatcher, type TypeMatcher } from "./type-matcher.ts";

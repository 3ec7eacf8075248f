export { addressList, isRange, plainAddress, type AddressList } from "./cidr.ts";
export { systemClock, type Clock } from "./clock.ts";
export { makeDirectory, nearestExisting } from "./directories.ts";
export type { DomainEvent, Publish } from "./domain-event.ts";
export { Emitter } from "./emitter.ts";
export { Failure, failures, reasonOf, type FailureCode } from "./errors.ts";
export { systemIds, type Ids } from "./ids.ts";
export { cannotListen } from "./listening.ts";
export { createLogger, silentLogger, type Logger, type LogSettings } from "./logger.ts";

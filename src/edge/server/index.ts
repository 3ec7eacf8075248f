export type { RateLimits } from "./guard.ts";
export type { ReadyCheck } from "./health.ts";
export { defaultOutboxLimits, Outbox, type OutboxLimits } from "./outbox.ts";
export { invalidRequest } from "./problems.ts";
export { isUnsafe, refuseUnsafeText } from "./unsafe-text.ts";
export { policyViolation, sendAway, tryAgainLater, watch } from "./watch.ts";
export {
  createHttpServer,
  type ConnectionLimits,
  type HttpServer,
  type HttpServerOptions,
} from "./server.ts";

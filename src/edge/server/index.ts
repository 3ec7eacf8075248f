export type { RateLimits } from "./guard.ts";
export type { ReadyCheck } from "./health.ts";
export {
  createHttpServer,
  type ConnectionLimits,
  type HttpServer,
  type HttpServerOptions,
} from "./server.ts";

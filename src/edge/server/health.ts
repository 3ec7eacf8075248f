import type { FastifyInstance } from "fastify";
import { Health, Readiness } from "../../contract/index.ts";

/** Why Patchcord is not ready, in words with what to do; empty when it is. */
export type ReadyCheck = () => Promise<readonly string[]>;

export function healthRoutes(
  app: FastifyInstance,
  { version, ready }: { version: string; ready: ReadyCheck },
): void {
  app.get(
    "/healthz",
    {
      schema: {
        summary: "Whether the process lives",
        tags: ["operation"],
        security: [],
        response: { 200: Health },
      },
    },
    (): Health => ({ status: "ok", version }),
  );
  app.get(
    "/readyz",
    {
      schema: {
        summary: "Whether every switch is up and the store reachable",
        tags: ["operation"],
        security: [],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply): Promise<Readiness> => {
      const reasons = [...(await ready())];
      if (reasons.length > 0) void reply.code(503);
      return { status: reasons.length === 0 ? "ready" : "not-ready", reasons };
    },
  );
}

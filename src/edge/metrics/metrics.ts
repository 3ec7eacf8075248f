import type { FastifyPluginAsync } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Calls } from "../../core/calls/index.ts";
import type { EventLog } from "../../core/events/index.ts";
import type { Nodes } from "../../core/nodes/index.ts";
import type { Registrations } from "../../core/registrations/index.ts";
import { gatewayMetrics, type GatewayReading } from "./gateway-metrics.ts";
import { patchcordMetrics, type ObserveLookUp } from "./patchcord-metrics.ts";
import { switchMetrics } from "./switch-metrics.ts";

export interface MetricsDependencies {
  readonly nodes: Pick<Nodes, "list">;
  readonly calls: Pick<Calls, "list">;
  readonly registrations: Pick<Registrations, "list">;
  readonly events: Pick<EventLog, "subscribe">;
  /** What the gateway has now; absent where there is none. */
  readonly gateway?: () => GatewayReading;
}

export interface Metrics {
  /** `GET /metrics` in Prometheus's text format. */
  readonly plugin: FastifyPluginAsync;
  /** For whoever answers mod_xml_curl. */
  readonly observeLookUp: ObserveLookUp;
}

/** Counts from now on; what has a current value is read when it is asked for. */
export function createMetrics(dependencies: MetricsDependencies): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  switchMetrics(registry, dependencies);
  if (dependencies.gateway) gatewayMetrics(registry, dependencies.gateway);
  const observeLookUp = patchcordMetrics(registry, dependencies);
  return {
    observeLookUp,
    plugin: async (app) => {
      app.get(
        "/metrics",
        { schema: { tags: ["operation"], summary: "Metrics in Prometheus's text format", security: [] } },
        async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
      );
    },
  };
}

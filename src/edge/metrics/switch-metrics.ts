import type { Registry } from "prom-client";
import type { Calls } from "../../core/calls/index.ts";
import type { Nodes, NodeStatus } from "../../core/nodes/index.ts";
import { liveGauge, type Sample } from "./live-gauge.ts";

type Reading = readonly [name: string, help: string, value: (node: NodeStatus) => number];

/**
 * Names and meanings as in the Prometheus exporter that FreeSWITCH's users know
 * (github.com/florentchauveau/freeswitch_exporter, README), with the switch as the label `node`. A switch that is not
 * up has `freeswitch_up` 0 and nothing else, as there.
 */
const readings: readonly Reading[] = [
  ["freeswitch_current_sessions", "Number of sessions active", (node) => node.sessions],
  ["freeswitch_current_sessions_peak", "Peak sessions since startup", (node) => node.sessionsPeak],
  ["freeswitch_current_sps", "Number of sessions per second", (node) => node.sessionsPerSecond],
  [
    "patchcord_node_bound",
    "Whether the switch asks this Patchcord for its configuration",
    (node) => Number(node.bound === true),
  ],
  [
    "patchcord_node_event_lag_seconds",
    "How late the switch's events arrive",
    (node) => node.eventLagMs / 1000,
  ],
];

const of = (list: readonly NodeStatus[], value: (node: NodeStatus) => number): Sample[] =>
  list.map((node) => ({ labels: { node: node.id }, value: value(node) }));

export function switchMetrics(
  registry: Registry,
  { nodes, calls }: { nodes: Pick<Nodes, "list">; calls: Pick<Calls, "list"> },
): void {
  const labelNames = ["node"];
  const up = (): NodeStatus[] => nodes.list().filter(({ state }) => state === "up");

  liveGauge(
    registry,
    { name: "freeswitch_up", help: "Whether the event socket is connected", labelNames },
    () => of(nodes.list(), ({ state }) => Number(state === "up")),
  );
  for (const [name, help, value] of readings) {
    liveGauge(registry, { name, help, labelNames }, () => of(up(), value));
  }
  liveGauge(
    registry,
    { name: "freeswitch_current_calls", help: "Number of calls active", labelNames },
    () => {
      const live = calls.list({ live: true });
      return of(up(), ({ id }) => live.filter(({ node }) => node === id).length);
    },
  );
}

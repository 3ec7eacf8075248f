import type { Registry } from "prom-client";
import type { Calls } from "../../core/calls/index.ts";
import type { EventLog } from "../../core/events/index.ts";
import type { Nodes, NodeStatus } from "../../core/nodes/index.ts";
import { Heartbeats } from "./heartbeats.ts";
import { liveMetric } from "./live-metric.ts";

interface Reading {
  readonly name: string;
  readonly help: string;
  readonly type?: "counter";
  /** Undefined: not known yet. */
  readonly value: (node: NodeStatus, heartbeat: (header: string) => number | undefined) => number | undefined;
}

/**
 * Names and meanings as in the Prometheus exporter that FreeSWITCH's users know
 * (github.com/florentchauveau/freeswitch_exporter, README), with the switch as the label `node`. A switch that is not
 * up has `freeswitch_up` 0 and nothing else, as there.
 */
const readings: readonly Reading[] = [
  { name: "freeswitch_current_sessions", help: "Number of sessions active", value: (node) => node.sessions },
  {
    name: "freeswitch_current_sessions_peak",
    help: "Peak sessions since startup",
    value: (node) => node.sessionsPeak,
  },
  {
    name: "freeswitch_current_sessions_peak_last_5min",
    help: "Peak sessions for the last 5 minutes",
    value: (_, heartbeat) => heartbeat("Session-Peak-FiveMin"),
  },
  {
    name: "freeswitch_sessions_total",
    help: "Number of sessions since startup",
    type: "counter",
    value: (_, heartbeat) => heartbeat("Session-Since-Startup"),
  },
  {
    name: "freeswitch_current_sps",
    help: "Number of sessions per second",
    value: (node) => node.sessionsPerSecond,
  },
  {
    name: "freeswitch_current_sps_peak",
    help: "Peak sessions per second since startup",
    value: (_, heartbeat) => heartbeat("Session-Per-Sec-Max"),
  },
  {
    name: "freeswitch_current_sps_peak_last_5min",
    help: "Peak sessions per second for the last 5 minutes",
    value: (_, heartbeat) => heartbeat("Session-Per-Sec-FiveMin"),
  },
  {
    name: "freeswitch_max_sps",
    help: "Max sessions per second allowed",
    value: (_, heartbeat) => heartbeat("Session-Per-Sec"),
  },
  {
    name: "freeswitch_max_sessions",
    help: "Max sessions allowed",
    value: (_, heartbeat) => heartbeat("Max-Sessions"),
  },
  { name: "freeswitch_current_idle_cpu", help: "CPU idle", value: (_, heartbeat) => heartbeat("Idle-CPU") },
  {
    name: "freeswitch_uptime_seconds",
    help: "Uptime in seconds",
    value: (_, heartbeat) => {
      const milliseconds = heartbeat("Uptime-msec");
      return milliseconds === undefined ? undefined : milliseconds / 1000;
    },
  },
  {
    name: "patchcord_node_bound",
    help: "Whether the switch asks this Patchcord for its configuration",
    value: (node) => Number(node.bound === true),
  },
  {
    name: "patchcord_node_event_lag_seconds",
    help: "How late the switch's events arrive",
    value: (node) => node.eventLagMs / 1000,
  },
];

export interface SwitchMetricsDependencies {
  readonly nodes: Pick<Nodes, "list">;
  readonly calls: Pick<Calls, "list">;
  readonly events: Pick<EventLog, "subscribe">;
}

export function switchMetrics(registry: Registry, { nodes, calls, events }: SwitchMetricsDependencies): void {
  const labelNames = ["node"];
  const heartbeats = new Heartbeats(events);
  const up = (): NodeStatus[] => nodes.list().filter(({ state }) => state === "up");

  liveMetric(
    registry,
    { name: "freeswitch_up", help: "Whether the event socket is connected", labelNames },
    () => nodes.list().map(({ id, state }) => ({ labels: { node: id }, value: Number(state === "up") })),
  );
  for (const { value, ...metric } of readings) {
    liveMetric(registry, { ...metric, labelNames }, () =>
      up().flatMap((node) => {
        const read = value(node, (header) => heartbeats.read(node.id, header));
        return read === undefined ? [] : [{ labels: { node: node.id }, value: read }];
      }),
    );
  }
  liveMetric(
    registry,
    { name: "freeswitch_current_calls", help: "Number of calls active", labelNames },
    () => {
      const live = calls.list({ live: true });
      return up().map(({ id }) => ({
        labels: { node: id },
        value: live.filter(({ node }) => node === id).length,
      }));
    },
  );
}

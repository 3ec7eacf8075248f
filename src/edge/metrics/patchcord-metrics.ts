import { Counter, Histogram, type Registry } from "prom-client";
import type { Calls } from "../../core/calls/index.ts";
import type { EventLog, LoggedEvent } from "../../core/events/index.ts";
import type { Registrations } from "../../core/registrations/index.ts";
import { liveMetric } from "./live-metric.ts";

/** Told of one answer to mod_xml_curl: what was asked for, what came of it, and how long it took. */
export type ObserveLookUp = (lookUp: {
  readonly kind: string;
  readonly outcome: string;
  readonly seconds: number;
}) => void;

/** Raw switch events share one label value: their names are the switch's to choose. */
const typeLabel = (type: string): string => (type.startsWith("switch.") ? "switch" : type);

/** FreeSWITCH's cause names are a short list; whatever else a leg may end with must not grow the label for ever. */
const causeLabel = (cause: unknown): string =>
  typeof cause === "string" && /^[A-Z][A-Z_]{1,40}$/.test(cause) ? cause : "OTHER";

/** What Patchcord itself does. */
export function patchcordMetrics(
  registry: Registry,
  {
    calls,
    registrations,
    events,
  }: {
    calls: Pick<Calls, "list">;
    registrations: Pick<Registrations, "list">;
    events: Pick<EventLog, "subscribe">;
  },
): ObserveLookUp {
  const registers = [registry];
  const lookUps = new Counter({
    name: "patchcord_xml_curl_requests_total",
    help: "Answers to mod_xml_curl by what was asked for and what came of it",
    labelNames: ["kind", "outcome"],
    registers,
  });
  const lookUpSeconds = new Histogram({
    name: "patchcord_xml_curl_duration_seconds",
    help: "How long answers to mod_xml_curl took",
    labelNames: ["kind"],
    // FreeSWITCH asks one thing after the other: a millisecond here is a limit on its registrations a second.
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 3, 5],
    registers,
  });
  liveMetric(
    registry,
    { name: "patchcord_calls", help: "Calls that have not ended, by state", labelNames: ["node", "state"] },
    () => calls.list({ live: true }).map(({ node, state }) => ({ labels: { node, state }, value: 1 })),
  );
  liveMetric(
    registry,
    { name: "patchcord_registrations", help: "Registered phones", labelNames: ["node", "transport"] },
    () => registrations.list().map(({ node, transport }) => ({ labels: { node, transport }, value: 1 })),
  );
  const callsEnded = new Counter({
    name: "patchcord_calls_ended_total",
    help: "Calls that ended, by cause",
    labelNames: ["cause"],
    registers,
  });
  const eventsTotal = new Counter({
    name: "patchcord_events_total",
    help: "Events published, by type",
    labelNames: ["type"],
    registers,
  });
  events.subscribe(({ type, data }: LoggedEvent) => {
    eventsTotal.inc({ type: typeLabel(type) });
    if (type === "call.ended") callsEnded.inc({ cause: causeLabel(data["cause"]) });
  });
  return ({ kind, outcome, seconds }) => {
    lookUps.inc({ kind, outcome });
    lookUpSeconds.observe({ kind }, seconds);
  };
}

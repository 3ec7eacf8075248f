import type { Registry } from "prom-client";
import { liveMetric, type Sample } from "./live-metric.ts";

/** What the gateway has now. */
export interface GatewayReading {
  /** Calls, by the state of their session. */
  readonly sessions: Readonly<Record<string, number>>;
  readonly media: {
    readonly legs: number;
    readonly ports: number;
    readonly quarantined: number;
    readonly sockets: number;
    readonly timers: number;
  };
  readonly sip: {
    readonly transactions: number;
    readonly dialogs: number;
    readonly timers: number;
    /** Messages from strangers since the start. */
    readonly dropped: number;
  };
  /** Null: there is no switch to register with. */
  readonly registered: boolean | null;
}

const one = (value: number): Sample[] => [{ labels: {}, value }];

/** The gateway: what is alive in it, so that what leaks is seen. */
export function gatewayMetrics(registry: Registry, read: () => GatewayReading): void {
  const plain = (name: string, help: string, value: (reading: GatewayReading) => number): void =>
    liveMetric(registry, { name, help, labelNames: [] }, () => one(value(read())));

  liveMetric(
    registry,
    { name: "patchcord_gateway_sessions", help: "Calls of web users, by state", labelNames: ["state"] },
    () => Object.entries(read().sessions).map(([state, value]) => ({ labels: { state }, value })),
  );
  liveMetric(
    registry,
    {
      name: "patchcord_gateway_registered",
      help: "Whether the switch knows where web users are called",
      labelNames: [],
    },
    () => {
      const { registered } = read();
      return registered === null ? [] : one(Number(registered));
    },
  );
  plain("patchcord_gateway_media_legs", "Media legs", ({ media }) => media.legs);
  plain("patchcord_gateway_media_ports", "Media ports in use", ({ media }) => media.ports);
  plain(
    "patchcord_gateway_media_ports_quarantined",
    "Media ports that are kept free for a while after their use",
    ({ media }) => media.quarantined,
  );
  plain("patchcord_gateway_media_sockets", "Open media sockets", ({ media }) => media.sockets);
  plain("patchcord_gateway_media_timers", "Timers of the media", ({ media }) => media.timers);
  plain("patchcord_gateway_sip_transactions", "SIP transactions", ({ sip }) => sip.transactions);
  plain("patchcord_gateway_sip_dialogs", "SIP dialogs and registrations", ({ sip }) => sip.dialogs);
  plain("patchcord_gateway_sip_timers", "Timers of the SIP user agent", ({ sip }) => sip.timers);
  liveMetric(
    registry,
    {
      name: "patchcord_gateway_sip_dropped_total",
      help: "SIP messages that were not believed: from addresses of no configured switch",
      labelNames: [],
      type: "counter",
    },
    () => one(read().sip.dropped),
  );
}

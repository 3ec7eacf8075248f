import type { RouteRules } from "../core/routing/index.ts";

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What of this installation's configuration the documents show; the keys are those of the configuration. */
export interface DocumentSettings extends RouteRules {
  /** SIP domain and digest realm. */
  readonly domain: string;
  /** How long a web user may ring. */
  readonly ringSeconds: number;
  /** How long FreeSWITCH may answer look-ups of a user from its own copy; 0: never. */
  readonly directoryCacheSeconds: number;
  /** What the profile `internal` listens on. */
  readonly switchSip: HostPort;
  readonly switchWs: HostPort;
  readonly switchWss: HostPort;
  readonly switchRtpPorts: { readonly from: number; readonly to: number };
  /** Parameters of the profile `internal` that replace or add to ours. */
  readonly sofiaInternal: Readonly<Record<string, string>>;
  /** Names this very process: a switch that shows it asks us for its configuration. */
  readonly instance: string;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What of this installation's configuration the gateway goes by; the keys are those of the configuration. */
export interface GatewaySettings {
  /** Our user agent, UDP and TCP. */
  readonly sip: HostPort;
  /** The switch's profile that we register with and call. */
  readonly switchSip: HostPort;
  /** Event sockets of the switches: calls may come from their hosts too. Empty: there is no switch. */
  readonly switches: readonly { readonly host: string }[];
  readonly domain: string;
  readonly proxyAccount: string;
  readonly proxySecret: string;
  /** How long a web user is let ring. */
  readonly ringSeconds: number;
  /** What browsers are told of us; null: the address of `sip`. */
  readonly publicIp: string | null;
  /** Our media ports, both ends included. */
  readonly rtpPorts: { readonly from: number; readonly to: number };
  /** Without a packet from a side after which its media counts as lost. */
  readonly mediaTimeoutSeconds: number;
}

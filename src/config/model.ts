/** The configuration as the application uses it: complete, validated, every default filled in. */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** A switch's event socket. */
export interface SwitchAddress extends HostPort {
  readonly password: string;
}

/** A STUN or TURN server that browsers are told of. */
export interface IceServerSetting {
  readonly urls: readonly string[];
  /** Credentials that last; with `secret` there are none. */
  readonly username?: string;
  readonly credential?: string;
  /** What the TURN server makes time-limited credentials of (coturn's `static-auth-secret`). */
  readonly secret?: string;
}

export interface Config {
  /** REST, xml_curl, metrics, pages. */
  readonly http: HostPort;
  /** Directory of the embedded database and the generated secrets, absolute. */
  readonly data: string;
  /** Whether this very start made the data directory. */
  readonly dataIsNew: boolean;
  readonly database: { readonly kind: "sqlite"; readonly path: string };
  readonly adminToken: string;
  /** Whether this very start generated the admin token: it is shown once. */
  readonly adminTokenIsNew: boolean;
  /** Empty when none is configured and this installation wrote no `conf` yet. */
  readonly switches: readonly SwitchAddress[];
  /** SIP domain and digest realm. */
  readonly domain: string;
  /** Basic credentials that FreeSWITCH presents. */
  readonly xmlCurl: { readonly user: string; readonly password: string };
  /** CIDR ranges; an empty list admits everyone. */
  readonly xmlCurlAcl: readonly string[];
  readonly apiAcl: readonly string[];
  /** Seconds that FreeSWITCH may answer directory look-ups from its own cache; 0: never. */
  readonly directoryCacheSeconds: number;
  /** What the served internal profile listens on. */
  readonly switchSip: HostPort;
  readonly switchWs: HostPort;
  readonly switchWss: HostPort;
  readonly switchRtpPorts: PortRange;
  /** Parameters of the served internal profile that replace or add to ours, e.g. `{"user-agent-string": "YunEasy"}`. */
  readonly sofiaInternal: Readonly<Record<string, string>>;
  /** Our own user agent. */
  readonly sip: HostPort;
  readonly proxyAccount: string;
  /** The proxy account's SIP password: generated, ours alone. */
  readonly proxySecret: string;
  /** What `patchcord conf` gives a switch's event socket: generated. */
  readonly eventSocketPassword: string;
  readonly ringSeconds: number;
  /** Seconds without a packet from a side after which its media counts as lost. */
  readonly mediaTimeoutSeconds: number;
  /** Which extensions web users may dial, in the notation of core/routing; empty: whatever the default context offers. */
  readonly webDialRule: string;
  /** Announced in SDP and as the ICE host candidate; null: the address of `sip`. */
  readonly publicIp: string | null;
  /** Our media ports. */
  readonly rtpPorts: PortRange;
  readonly iceServers: readonly IceServerSetting[];
  readonly log: { readonly level: string; readonly file?: string };
}

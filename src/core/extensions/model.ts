/** An extension as provisioned. Its SIP password is known only as HA1. */
export interface Extension {
  /** `[1-9][0-9]{1,14}`: a leading 0 is the web users'. */
  readonly number: string;
  /** SIP domain and digest realm. */
  readonly domain: string;
  readonly displayName: string;
  /** What a called phone shows; empty: displayName and number. */
  readonly callerIdName: string;
  readonly callerIdNumber: string;
  /** The dialplan context its calls are routed in: `default` or `public`. */
  readonly context: string;
  /** Names of call groups (`group/NAME@DOMAIN`), comma-separated, as FreeSWITCH's `callgroup`. */
  readonly callGroup: string;
  /** Comma-separated classes, as FreeSWITCH's `toll_allow`. */
  readonly tollAllow: string;
  readonly enabled: boolean;
  /** `phone`, or `proxy`: the account that calls to web users are bridged to; Patchcord registers as it. */
  readonly kind: "phone" | "proxy";
  /** RFC 2617 HA1: md5(number:domain:password), lower-case hex. */
  readonly ha1: string;
}

/** What an operator may set; every field but `password` is shown again. */
export type ExtensionFields = Pick<
  Extension,
  "displayName" | "callerIdName" | "callerIdNumber" | "context" | "callGroup" | "tollAllow" | "enabled"
>;

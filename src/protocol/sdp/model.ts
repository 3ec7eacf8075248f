/** A codec as SDP names it (RFC 8866 section 6.6), of one media description. */
export interface Codec {
  /** As written in `a=rtpmap`, e.g. `opus`, `PCMU`, `telephone-event`; compare without regard to case. */
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
  /** 1 if not said. */
  readonly channels: number;
  /** 0 to 127. */
  readonly payloadType: number;
  /** `a=fmtp` parameters as written; empty: none. */
  readonly fmtp: string;
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

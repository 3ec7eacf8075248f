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

/** RFC 8866 section 5.2. Ids are digits that may exceed what a number holds. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: "IP4" | "IP6";
  readonly address: string;
}

/** RFC 8866 section 5.7, without multicast's TTL and range. */
export interface Connection {
  readonly addressType: "IP4" | "IP6";
  readonly address: string;
}

/** `a=name` (value null) or `a=name:value`. */
export interface Attribute {
  readonly name: string;
  readonly value: string | null;
}

/** RFC 8866 section 5.14 and the lines below it. */
export interface MediaDescription {
  /** `audio`, `video`, `application`, `image` … */
  readonly kind: string;
  /** 0: refused, or (bundled) not yet wanted. */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, `UDP/TLS/RTP/SAVPF` … */
  readonly protocol: string;
  /** Payload types, or whatever the protocol calls a format. */
  readonly formats: readonly string[];
  readonly connection: Connection | null;
  readonly attributes: readonly Attribute[];
}

/** RFC 8866 section 5. Lines that mean nothing to a call (i, u, e, p, b, r, z, k) are read over. */
export interface SessionDescription {
  readonly origin: Origin;
  /** `s=`. */
  readonly name: string;
  readonly connection: Connection | null;
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** What a description says of the audio that we relay. */
export interface Audio {
  /** Which m-line. */
  readonly index: number;
  readonly mid: string | null;
  /** Every codec, in the description's order. */
  readonly codecs: readonly Codec[];
  /** As the peer means it: with `sendonly` it sends and we receive. A connection to 0.0.0.0 reads as held. */
  readonly direction: Direction;
  /** The peer takes no media now: sendonly, inactive, or 0.0.0.0 (RFC 3264 section 8.4). */
  readonly held: boolean;
  /** Where the peer wants RTP; null where it says nothing that can be sent to (0.0.0.0, port 9, a name). */
  readonly rtp: Endpoint | null;
  /** Where it wants RTCP: `a=rtcp`, with `a=rtcp-mux` RTP's own, else the next port. */
  readonly rtcp: Endpoint | null;
  readonly rtcpMux: boolean;
  readonly protocol: string;
  /** Milliseconds; null: not said. */
  readonly ptime: number | null;
  /** Null too for RTP in the clear, as is `dtls`. */
  readonly ice: Ice | null;
  readonly dtls: Dtls | null;
}

export interface Endpoint {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** RFC 8839. */
export interface Ice {
  readonly userFragment: string;
  readonly password: string;
  readonly lite: boolean;
  /** The text behind `a=candidate:`. */
  readonly candidates: readonly string[];
}

/** RFC 8842. */
export interface Dtls {
  readonly setup: "active" | "passive" | "actpass" | "holdconn";
  readonly fingerprints: readonly { readonly hash: string; readonly value: string }[];
}

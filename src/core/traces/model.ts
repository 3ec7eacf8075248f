/** What the gateway's legs did on the wire, in plain values. Times are milliseconds since the epoch. */

/** RTP in one direction; RFC 3550 section 6.4.1 says what `lost` and `jitter` (milliseconds here) are. */
export interface TraceStream {
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly jitter: number;
  /** When the last packet passed; null: none yet. */
  readonly lastAt: number | null;
}

/** One side's media; a media leg's statistics are of this form. */
export interface TraceMedia {
  readonly kind: "web" | "sip";
  /** `ADDRESS:PORT`. */
  readonly local: string | null;
  readonly remote: string | null;
  readonly codec: string | null;
  /** Connection states in WebRTC's words; null on a side without. */
  readonly ice: string | null;
  readonly dtls: string | null;
  /** The negotiated protection profile. */
  readonly srtp: string | null;
  /** From the peer to us. */
  readonly received: TraceStream;
  /** From us to the peer. */
  readonly sent: TraceStream;
  /** What the peer's RTCP says of what we send; milliseconds, fraction 0..1. */
  readonly peer: { readonly roundTrip: number | null; readonly fractionLost: number | null };
  /** Packets dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface TraceSip {
  readonly callId: string;
  /** The final status of the INVITE, else the latest provisional one; null before any. */
  readonly status: number | null;
  /** `Reason` of a BYE, CANCEL or final response, as it was written; null: none. */
  readonly reason: string | null;
}

/** What is so now of a leg of ours; asked for whenever somebody looks. */
export interface TraceFacts {
  /** Null where no SIP is involved: one web user called another. */
  readonly sip: TraceSip | null;
  /** The web user's browser. */
  readonly web: TraceMedia | null;
  /** Whom its media is relayed to: the switch, or the other web user's browser. */
  readonly far: TraceMedia | null;
}

/** What is known of a leg of ours from its beginning. */
export interface TraceStart {
  /** `X-Patchcord-Ref`, which the switch's channel of the same call bears. */
  readonly reference: string;
  /** The invitation's id; null until it rings at a device. */
  readonly invitation: string | null;
  /** The web user's number, without the 0. */
  readonly user: string;
  readonly direction: "from-web-user" | "to-web-user";
}

/** What happened once in the life of such a leg. */
export type Milestone =
  /** A device acknowledged, or the far side rings. */
  | "ringing"
  | "ice-connected"
  | "dtls-connected"
  /** The first packet of a side; `detail` is `web` or `sip`. */
  | "first-rtp"
  /** A side vanished; `detail` says why. */
  | "media-lost";

export interface TraceNote {
  readonly time: number;
  readonly milestone: Milestone;
  readonly detail: string | null;
}

export interface TraceEnding {
  /** A cause name of FreeSWITCH's. */
  readonly cause: string;
  readonly sip: number;
  readonly by: "caller" | "callee" | "network" | "ours";
}

export interface Trace extends TraceStart, TraceFacts {
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly ending: TraceEnding | null;
  readonly notes: readonly TraceNote[];
}

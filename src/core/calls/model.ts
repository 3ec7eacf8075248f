/** What the world sees of a call; the shapes of interface.md. Times are milliseconds since the epoch. */

export type CallState = "ringing" | "early" | "active" | "held" | "parked" | "ended";

export interface Party {
  readonly number: string;
  readonly name: string;
}

/** One channel of a switch, as part of a call. */
export interface Leg {
  /** FreeSWITCH's Unique-ID. */
  readonly uuid: string;
  /** Seen from the switch: `inbound` came in from a phone, `outbound` was sent to one. */
  readonly direction: "inbound" | "outbound";
  readonly number: string;
  readonly name: string;
  readonly state: CallState;
  /** Read codec, e.g. `PCMU`; null before media. */
  readonly codec: string | null;
  /** `audio`, or null before media. */
  readonly media: string | null;
  /** The leg this one is bridged with. */
  readonly bridgedWith: string | null;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** FreeSWITCH's Hangup-Cause name. */
  readonly cause: string | null;
  /** Of a leg of the gateway: what its trace is found by. Not for users: it proves a call while the call lives. */
  readonly reference: string | null;
}

export interface Call {
  /** Ours, sortable, lasting. */
  readonly id: string;
  readonly state: CallState;
  readonly from: Party;
  readonly to: Party;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Cause name once ended; `MERGED` when another call took this one over. */
  readonly cause: string | null;
  /** The call that this one became part of. */
  readonly mergedInto: string | null;
  /** Node id. */
  readonly node: string;
  readonly legs: readonly Leg[];
}

export interface TimelineEntry {
  readonly time: number;
  /** `call.*` event type. */
  readonly type: string;
  /** The leg it happened on, where it happened on one. */
  readonly leg: string | null;
  readonly detail: string | null;
}

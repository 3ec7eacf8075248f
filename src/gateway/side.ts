import type { Codec } from "../protocol/sdp/index.ts";
import type { Choice, End } from "./machine.ts";
import type { LegStatistics, MediaLeg, MediaLegEvents } from "./media/index.ts";

/**
 * One party of a session: its signalling and its media leg, which it makes, drives and closes. What it rejects with
 * ends the session; `endOf` says how.
 */
export interface Side {
  /** The leg once there is one. */
  readonly leg: MediaLeg | null;
  /** The party is to know that it is over; without effect if it ended it itself. Resolves when it knows or cannot. */
  tell(end: End): Promise<void>;
  /** Digits that the other party keyed. `signalled`: its media does not carry them. */
  digits(digits: string, signalled: boolean): void;
  facts(): SideFacts;
  /** Closes the media. Idempotent; nothing is told to the session afterwards. */
  close(): Promise<void>;
}

/** The party that calls. */
export interface CallerSide extends Side {
  /** Takes its offer; resolves to the codecs that can be relayed. */
  offer(): Promise<readonly Codec[]>;
  /** It rings. */
  alert(): void;
  /** Resolves when the party has an answer by which it can hear early media. */
  progress(choice: Choice): Promise<void>;
  /** Resolves when the party has the answer and its media can flow. */
  answer(choice: Choice): Promise<void>;
}

/** The party that is called. */
export interface CalleeSide extends Side {
  /** Calls it with an offer of these codecs; resolves when it was asked. */
  call(codecs: readonly Codec[]): Promise<void>;
  /** The caller has its answer. */
  confirm(): void;
}

/** What both kinds of sides tell their session. */
export interface SideEvents {
  /** The party ended it, or is gone. */
  over(end: End): void;
  /** The party's media is gone; what the party itself knows of it is not known. */
  lost(reason: LostReason, detail?: string): void;
  /** The side cannot go on: the party does not know yet. */
  failed(error: unknown): void;
  digits(digits: string, signalled: boolean): void;
}

export type LostReason = Parameters<MediaLegEvents["lost"]>[0];

export type CallerEvents = SideEvents;

export interface CalleeEvents extends SideEvents {
  alerting(): void;
  early(choice: Choice): void;
  taken(choice: Choice): void;
}

/** What is so of a side now. */
export interface SideFacts {
  readonly sip: SipFacts | null;
  readonly media: LegStatistics | null;
}

export interface SipFacts {
  readonly callId: string;
  /** The final status of the INVITE, else the latest provisional one; null before any. */
  readonly status: number | null;
  /** `Reason` of a BYE, CANCEL or final response, as it was written; null: none. */
  readonly reason: string | null;
}

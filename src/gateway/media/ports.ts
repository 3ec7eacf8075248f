import type { Codec, Direction } from "../../protocol/sdp/index.ts";

/**
 * One side's media: a browser's (ICE, DTLS-SRTP) or a SIP party's (plain RTP). Both are driven alike:
 *
 *   the side that calls:      acceptOffer → createAnswer
 *   the side that is called:  createOffer → acceptAnswer
 *
 * and again for every re-INVITE. SDP of a peer is untrusted: what cannot be used throws the Failure `media-refused`.
 */
export interface MediaLeg {
  readonly kind: "web" | "sip";
  /** Takes the peer's offer; its audio codecs that we can relay, in its order, telephone-event included. */
  acceptOffer(sdp: string): Promise<Offer>;
  /** Answers the offer taken last with the codecs that the other side chose. */
  createAnswer(codecs: readonly Codec[], direction?: Direction): Promise<string>;
  /** Our offer; payload types are kept where they can be. */
  createOffer(codecs: readonly Codec[]): Promise<string>;
  /** Takes the peer's answer; the codecs it chose. */
  acceptAnswer(sdp: string): Promise<Offer>;
  /** A browser's candidate, in the text of RFC 8839 section 5.1; the SIP side ignores it. */
  addCandidate(candidate: string, mid: string | null): Promise<void>;
  /** Resolves once media can flow (DTLS finished; at once on the SIP side); rejects with `media-failed` when it cannot. */
  connected(deadline: number): Promise<void>;
  /** Sends digits (0-9A-D*#) to this side's peer as telephone-events (RFC 4733), one after the other. */
  sendDigits(digits: string): void;
  /** What is so now; `null` members are not known. */
  statistics(): LegStatistics;
  /** Releases ports, sockets and timers. Idempotent; also closes the leg when `MediaPlane` closes. */
  close(): Promise<void>;
}

export interface Offer {
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
}

/** Told of a leg. Nothing is told after `close`. */
export interface MediaLegEvents {
  /**
   * The peer is gone: DTLS close, ICE consent lost (RFC 7675), or no packet for the media timeout; or it could not prove
   * who it is. `detail`: what more is known, for the log.
   */
  lost(reason: "dtls-closed" | "consent-expired" | "media-timeout" | "dtls-failed", detail?: string): void;
  /** A digit that the peer sent as telephone-events, told once, at its end. */
  digit(digit: string): void;
}

export interface StreamStatistics {
  readonly packets: number;
  readonly bytes: number;
  /** RFC 3550 section 6.4.1: cumulative; may be negative. */
  readonly lost: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** When the last packet passed, milliseconds since the epoch; null: none yet. */
  readonly lastAt: number | null;
}

export interface LegStatistics {
  readonly kind: "web" | "sip";
  readonly local: string | null;
  readonly remote: string | null;
  readonly codec: string | null;
  readonly ice: string | null;
  readonly dtls: string | null;
  readonly srtp: string | null;
  /** From the peer to us. */
  readonly received: StreamStatistics;
  /** From us to the peer. */
  readonly sent: StreamStatistics;
  /** What the peer's RTCP says of what we send; milliseconds, fraction 0..1. */
  readonly peer: { readonly roundTrip: number | null; readonly fractionLost: number | null };
  /**
   * Packets dropped and why: `replay`, `authentication`, `malformed`, `sources` (too many SSRCs), `unexpected` (before
   * there were keys), `address` (from nobody that the description names), `unmapped` (no codec of the other side's),
   * `stun` (without the right credentials); and `late`: relayed ones that came too late to be sent.
   */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface MediaCounts {
  readonly legs: number;
  readonly ports: number;
  readonly quarantined: number;
  readonly sockets: number;
  readonly timers: number;
}

/** All media of this process. */
export interface Media {
  /** @throws Failure `no-free-port` */
  webLeg(events: MediaLegEvents): Promise<MediaLeg>;
  sipLeg(events: MediaLegEvents): Promise<MediaLeg>;
  /** Relays between the two, untouched but for payload types and clock rates of telephone-events. */
  connect(one: MediaLeg, other: MediaLeg): void;
  counts(): MediaCounts;
  close(): Promise<void>;
}

import type { SrtpKeys } from "../../../protocol/rtp/index.ts";
import type { Codec, Endpoint } from "../../../protocol/sdp/index.ts";
import type { StreamStatistics } from "../ports.ts";

/**
 * Carries packets: owns the sockets, protects, relays, counts, reports. It is told values and tells values, so that it
 * may live in another thread, or be another implementation.
 */
export interface Lane {
  /**
   * Binds a port, and with `rtcp` the one above; null: one of them is in use.
   * @throws Failure `cannot-listen` for an address that is not ours
   */
  open(options: LanePortOptions, events: LanePortEvents): Promise<LanePort | null>;
  /** Sockets that are open. */
  readonly sockets: number;
  readonly timers: number;
  close(): Promise<void>;
}

export interface LanePortOptions {
  readonly host: string;
  readonly port: number;
  /** RTCP is on the port above, not multiplexed. */
  readonly rtcp: boolean;
  /** Nothing is taken or sent in the clear: SRTP once there are keys, nothing before. */
  readonly secure: boolean;
  readonly ssrc: number;
  readonly cname: string;
}

export interface LanePortEvents {
  /** STUN or DTLS came; the bytes are the listener's. */
  readonly control: (packet: Buffer, from: Endpoint) => void;
  /** A digit ended that the peer sent as telephone-events. */
  readonly digit: (digit: string) => void;
}

export interface SrtpKeyPair {
  readonly send: SrtpKeys;
  readonly receive: SrtpKeys;
}

/** From whom plain RTP is taken. */
export interface SourceRule {
  /** What the peer's description names. */
  readonly endpoint: Endpoint;
  /** Other hosts that it may come from at first. */
  readonly others: readonly string[];
}

export interface LaneStreams {
  /** What the peer sends: the payload types of our description and of its own. */
  readonly receive: readonly Codec[];
  /** What it takes, by its payload types; the first audio codec is the one in use. */
  readonly send: readonly Codec[];
}

/** One leg's port. */
export interface LanePort {
  readonly port: number;
  /** Sends STUN or DTLS. */
  control(packet: Uint8Array, to: Endpoint): void;
  secure(keys: SrtpKeyPair): void;
  /** Where to send; null: nothing goes out. */
  aim(rtp: Endpoint | null, rtcp: Endpoint | null): void;
  /** Only of a port in the clear; null: from nobody. */
  accept(rule: SourceRule | null): void;
  describe(streams: LaneStreams): void;
  /** Relays what comes in here to another port of the same lane; null: to nobody. */
  relay(to: LanePort | null): void;
  /** @throws Failure `media-refused` where the peer takes no telephone-events, `invalid-request` for what is no digit */
  sendDigits(digits: string): void;
  counters(): PortCounters;
  /** Says BYE where media was sent. Idempotent. */
  close(): Promise<void>;
}

export interface PortCounters {
  readonly remote: Endpoint | null;
  readonly received: StreamStatistics;
  readonly sent: StreamStatistics;
  readonly peer: { readonly roundTrip: number | null; readonly fractionLost: number | null };
  readonly dropped: Readonly<Record<string, number>>;
  /** When the last packet came that was believed, RTP or RTCP; milliseconds since the epoch. */
  readonly heardAt: number | null;
}

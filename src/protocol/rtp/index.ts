/** RFC 7983 section 7, RFC 5761 section 4: what a packet on a multiplexed port is. */
export type WireKind = "stun" | "dtls" | "turn" | "rtp" | "rtcp";
export declare function kindOf(packet: Uint8Array, length?: number): WireKind | null;

/** The fields of an RTP packet (RFC 3550 section 5.1), read in place; one instance serves packet after packet. */
export declare class RtpHeader {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Behind CSRCs and header extension. */
  payloadStart: number;
  /** Before the padding. */
  payloadEnd: number;
  /** Reads plain RTP (not SRTP: its padding is encrypted); false: malformed, and the fields mean nothing. */
  read(packet: Uint8Array, length: number): boolean;
}
/** Changes these in place; marker, CSRCs, extension, padding and payload stay. */
export declare function rewriteRtp(
  packet: Uint8Array,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void;
export declare function setMarker(packet: Uint8Array, marker: boolean): void;
/** Takes a header extension out in place; the new length. */
export declare function dropExtension(packet: Uint8Array, length: number): number;
/** Writes a header of 12 bytes; answers 12. */
export declare function writeRtpHeader(
  packet: Uint8Array,
  fields: {
    readonly payloadType: number;
    readonly marker: boolean;
    readonly sequence: number;
    readonly timestamp: number;
    readonly ssrc: number;
  },
): number;

export type SrtpProfile = "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32" | "AEAD_AES_128_GCM";
export interface SrtpKeys {
  readonly profile: SrtpProfile;
  /** 16 bytes. */
  readonly masterKey: Uint8Array;
  /** 14 bytes; 12 with AEAD_AES_128_GCM. */
  readonly masterSalt: Uint8Array;
}
/** Why a packet was not taken: `sources` = more SSRCs than the context keeps. */
export type SrtpDrop = "malformed" | "authentication" | "replay" | "sources";
/** Room that a buffer must have behind a packet that is to be protected. */
export declare const srtpOverhead: number;
export declare const srtcpOverhead: number;
/** Protects in place; the answer is the new length. The buffer must have room for the overhead. */
export declare class SrtpSender {
  constructor(keys: SrtpKeys, maxSources?: number);
  protect(packet: Uint8Array, length: number): number | SrtpDrop;
  protectRtcp(packet: Uint8Array, length: number): number | SrtpDrop;
}
/** Unprotects in place; the answer is the new length. A packet that is dropped changes no state. */
export declare class SrtpReceiver {
  constructor(keys: SrtpKeys, maxSources?: number);
  unprotect(packet: Uint8Array, length: number): number | SrtpDrop;
  unprotectRtcp(packet: Uint8Array, length: number): number | SrtpDrop;
}

export interface ReportBlock {
  readonly ssrc: number;
  /** 0 to 255: 256ths. */
  readonly fractionLost: number;
  readonly lost: number;
  readonly highestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
  readonly lastSenderReport: number;
  /** 1/65536 s. */
  readonly delay: number;
}
export interface SenderInfo {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}
export type RtcpPacket =
  | {
      readonly kind: "sender-report";
      readonly ssrc: number;
      readonly sender: SenderInfo;
      readonly reports: readonly ReportBlock[];
    }
  | { readonly kind: "receiver-report"; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | {
      readonly kind: "source-description";
      readonly chunks: readonly { readonly ssrc: number; readonly cname: string | null }[];
    }
  | { readonly kind: "bye"; readonly ssrcs: readonly number[]; readonly reason: string }
  /** RFC 4585: NACK, PLI and the rest are passed over, but known. */
  | {
      readonly kind: "feedback";
      readonly type: number;
      readonly format: number;
      readonly ssrc: number;
      readonly media: number;
    }
  | { readonly kind: "other"; readonly type: number };
/** A compound packet (RFC 3550 section 6.1, RFC 5506); null: malformed. */
export declare function parseRtcp(packet: Uint8Array, length?: number): readonly RtcpPacket[] | null;
export declare function buildRtcp(packets: readonly RtcpPacket[]): Uint8Array;

/** What came in of one stream, whatever SSRCs follow each other (RFC 3550 A.1, A.3, A.8). */
export declare class ReceivedStream {
  constructor(clockRate: number);
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  /** Milliseconds. */
  readonly jitter: number;
  readonly lastAt: number | null;
  /** Codec changed. */
  clockRate: number;
  /** A packet of `bytes` payload bytes that arrived at `now` (milliseconds). */
  packet(ssrc: number, sequence: number, timestamp: number, bytes: number, now: number): void;
  senderReport(ssrc: number, sender: SenderInfo, now: number): void;
  /** For our next SR or RR; null: nothing came. */
  report(now: number): ReportBlock | null;
}
/** What went out with one SSRC, and what the peer's RTCP says of it. */
export declare class SentStream {
  constructor(ssrc: number, clockRate: number);
  readonly ssrc: number;
  clockRate: number;
  readonly packets: number;
  readonly bytes: number;
  readonly lastAt: number | null;
  /** As the peer reports: cumulative; 0 until it does. */
  readonly lost: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** Milliseconds; null: not known. */
  readonly roundTrip: number | null;
  /** 0..1; null: not known. */
  readonly fractionLost: number | null;
  packet(timestamp: number, bytes: number, now: number): void;
  senderInfo(now: number): SenderInfo | null;
  /** A report block about our SSRC; others are ignored. */
  reported(block: ReportBlock, now: number): void;
}
/** SR (if we send) or RR, with SDES CNAME and, if `bye`, BYE: the compound packet that is due now. */
export declare function reportPacket(o: {
  readonly cname: string;
  readonly sent: SentStream;
  readonly received: ReceivedStream;
  readonly now: number;
  readonly bye?: boolean;
}): Uint8Array;
/** Takes the peer's compound packet into the figures of both. */
export declare function takeReports(
  packets: readonly RtcpPacket[],
  streams: { readonly sent: SentStream; readonly received: ReceivedStream },
  now: number,
): void;

/** One outgoing SSRC, sequence and timestamp line, whatever incoming sources follow each other. */
export declare class Continuity {
  constructor(o: {
    readonly ssrc: number;
    readonly clockRate: number;
    readonly sequence: number;
    readonly timestamp: number;
  });
  readonly ssrc: number;
  /** Of the packet mapped or injected last. */
  readonly sequence: number;
  readonly timestamp: number;
  /** The packet mapped last begins a new source: send it with the marker. */
  readonly restarted: boolean;
  /** False: drop it, it is older than what cannot be undone. `sourceRate`: of the packet's payload type, if not `clockRate`. */
  map(ssrc: number, sequence: number, timestamp: number, now: number, sourceRate?: number): boolean;
  /** Takes the next sequence number for a packet of our own; `timestamp` is the media position at `now`. */
  inject(now: number): void;
  /** The codec changed. */
  changeClock(clockRate: number): void;
}

/** RFC 4733 section 2.3. */
export interface TelephoneEvent {
  readonly event: number;
  readonly end: boolean;
  /** 0 to 63, dBm0 without its sign. */
  readonly volume: number;
  /** Timestamp units, 0 to 65535. */
  readonly duration: number;
}
export declare function readTelephoneEvent(
  packet: Uint8Array,
  start: number,
  end: number,
): TelephoneEvent | null;
export declare function writeTelephoneEvent(packet: Uint8Array, start: number, event: TelephoneEvent): void;
/** Duration of the event whose payload begins at `start`, in place, from one clock to another. */
export declare function rescaleTelephoneEvent(
  packet: Uint8Array,
  start: number,
  from: number,
  to: number,
): void;
/** 0-9 * # A-D of events 0 to 15. */
export declare function digitOf(event: number): string | null;
export declare function eventOf(digit: string): number | null;

export interface Digit {
  readonly digit: string;
  readonly milliseconds: number;
}
/** Reports each digit once, at its end, whatever is lost or repeated. */
export declare class DigitReader {
  constructor(clockRate: number, report: (digit: Digit) => void);
  /** A packet of the telephone-event payload type. */
  packet(header: RtpHeader, packet: Uint8Array, now: number): void;
  /** When an event whose end was lost is to be taken for ended; null: none is open. */
  readonly dueAt: number | null;
  expire(now: number): void;
}
export interface DigitPacket {
  readonly marker: boolean;
  readonly timestamp: number;
  /** 4 bytes. */
  readonly payload: Uint8Array;
}
/** Yields the packets of digits, on a clock that its user keeps. */
export declare class DigitSender {
  constructor(clockRate: number);
  /** Adds to what is being sent; throws a RangeError for what is no digit. */
  send(digits: string, now: number): void;
  /** When `next` has a packet; null: idle. */
  readonly dueAt: number | null;
  /** The packet due at `now`, if any; ask until null. `timestamp`: the media position, used when a digit begins. */
  next(now: number, timestamp: number): DigitPacket | null;
}

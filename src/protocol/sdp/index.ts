import type { Audio, Codec, Direction, Endpoint, SessionDescription } from "./model.ts";
export type {
  Attribute,
  Audio,
  Codec,
  Connection,
  Direction,
  Dtls,
  Endpoint,
  Ice,
  MediaDescription,
  Origin,
  SessionDescription,
} from "./model.ts";

/** The text is no session description that can be used; `message` says why, without the text. */
export declare class SdpError extends Error {}
/** Throws SdpError. */
export declare function parseSdp(text: string): SessionDescription;
export declare function printSdp(description: SessionDescription): string;
/** The first audio description that is not refused. Throws SdpError when there is none. */
export declare function readAudio(description: SessionDescription): Audio;
/** opus/48000/2, PCMU, PCMA and telephone-event at the clock rate of one of them; order and payload types as given. */
export declare function relayable(codecs: readonly Codec[]): readonly Codec[];
/** The same encoding: name, clock rate, channels; whatever payload type and fmtp. */
export declare function sameCodec(one: Codec, other: Codec): boolean;
/** What is to be answered to `offered` when the other side chose `chosen`: the offer's order, payload types and fmtp. */
export declare function chooseCodecs(offered: readonly Codec[], chosen: readonly Codec[]): readonly Codec[];
/** RFC 3264 section 6.1: our answer to what the peer offered, when we would like `wanted`. */
export declare function answerDirection(offered: Direction, wanted: Direction): Direction;
/**
 * Payload type of `from` → payload type of `to`, 255 where there is none; 128 entries. telephone-event is mapped to
 * telephone-event whatever its clock rate.
 */
export declare function payloadMap(from: readonly Codec[], to: readonly Codec[]): Uint8Array;

/** Where and how we take media, for one m-line. */
export interface Local {
  readonly rtp: Endpoint;
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  /** Milliseconds. */
  readonly ptime?: number;
}
/**
 * Writes our side's plain RTP/AVP descriptions of one session: `o=` keeps its id, its version grows with every
 * description that differs from the one before (RFC 3264 section 8). RTCP is on the port above RTP's.
 */
export declare class LocalSession {
  /** `sessionId`: digits. */
  constructor(sessionId: string);
  offer(local: Local): string;
  /** Every m-line of the offer is answered; all but `audio` are refused (port 0). rtcp-mux is answered where offered. */
  answer(offer: SessionDescription, audio: Audio, local: Local): string;
}

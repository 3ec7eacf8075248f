import { read16, read32, write16, write32 } from "./bytes.ts";

export type WireKind = "stun" | "dtls" | "turn" | "rtp" | "rtcp";

/** What a packet on a multiplexed port is, by its first bytes (RFC 7983 section 7, RFC 5761 section 4). */
export function kindOf(packet: Uint8Array, length: number = packet.length): WireKind | null {
  const first = packet[0];
  if (length < 2 || first === undefined) return null;
  if (first >= 128 && first <= 191) {
    const second = packet[1] ?? 0;
    return second >= 192 && second <= 223 ? "rtcp" : "rtp";
  }
  if (first <= 3) return "stun";
  if (first >= 20 && first <= 63) return "dtls";
  return first >= 64 && first <= 79 ? "turn" : null;
}

/** Where the payload begins, behind CSRCs and header extension; -1: this is no RTP packet. */
export function payloadStartOf(packet: Uint8Array, length: number): number {
  const first = packet[0] ?? 0;
  if (length < 12 || length > packet.length || first >>> 6 !== 2) return -1;
  let start = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return -1;
    start += 4 + 4 * read16(packet, start + 2);
  }
  return start <= length ? start : -1;
}

/** The fields of an RTP packet (RFC 3550 section 5.1), read in place; one instance serves packet after packet. */
export class RtpHeader {
  payloadType = 0;
  marker = false;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** Behind CSRCs and header extension. */
  payloadStart = 0;
  /** Before the padding. */
  payloadEnd = 0;

  /** Reads plain RTP (SRTP's padding is encrypted); false: malformed, and the fields mean nothing. */
  read(packet: Uint8Array, length: number): boolean {
    this.payloadStart = payloadStartOf(packet, length);
    if (this.payloadStart < 0) return false;
    this.payloadEnd = length;
    if (((packet[0] ?? 0) & 0x20) !== 0) {
      const padding = packet[length - 1] ?? 0;
      if (padding === 0 || padding > length - this.payloadStart) return false;
      this.payloadEnd = length - padding;
    }
    const second = packet[1] ?? 0;
    this.marker = second >= 0x80;
    this.payloadType = second & 0x7f;
    this.sequence = read16(packet, 2);
    this.timestamp = read32(packet, 4);
    this.ssrc = read32(packet, 8);
    return true;
  }
}

/** Changes these in place; marker, CSRCs, extension, padding and payload stay. */
export function rewriteRtp(
  packet: Uint8Array,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  packet[1] = ((packet[1] ?? 0) & 0x80) | payloadType;
  write16(packet, 2, sequence);
  write32(packet, 4, timestamp);
  write32(packet, 8, ssrc);
}

export function setMarker(packet: Uint8Array, marker: boolean): void {
  packet[1] = ((packet[1] ?? 0) & 0x7f) | (marker ? 0x80 : 0);
}

export interface RtpFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Writes a header without CSRCs, extension and padding; answers its 12 bytes' length. */
export function writeRtpHeader(packet: Uint8Array, fields: RtpFields): number {
  packet[0] = 0x80;
  packet[1] = fields.payloadType | (fields.marker ? 0x80 : 0);
  write16(packet, 2, fields.sequence);
  write32(packet, 4, fields.timestamp);
  write32(packet, 8, fields.ssrc);
  return 12;
}

import { read16, read32, write16, write32 } from "./bytes.ts";

/** RFC 3550 section 6.4.1. */
export interface SenderInfo {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export interface ReportBlock {
  readonly ssrc: number;
  /** 256ths, since the report before. */
  readonly fractionLost: number;
  /** Cumulative, -2^23 to 2^23 - 1. */
  readonly lost: number;
  /** Extended by the count of wraps. */
  readonly highestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last SR; 0: there was none. */
  readonly lastSenderReport: number;
  /** Since that, 1/65536 s. */
  readonly delay: number;
}

export interface SenderReport {
  readonly kind: "sender-report";
  readonly ssrc: number;
  readonly sender: SenderInfo;
  readonly reports: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly kind: "receiver-report";
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

export interface SourceDescription {
  readonly kind: "source-description";
  readonly chunks: readonly { readonly ssrc: number; readonly cname: string | null }[];
}

export interface Bye {
  readonly kind: "bye";
  readonly ssrcs: readonly number[];
}

/** What a relay has no use for: feedback (RFC 4585: NACK, PLI …), XR, APP. */
export interface OtherRtcp {
  readonly kind: "other";
  /** 205 transport feedback, 206 payload feedback … */
  readonly type: number;
  /** Feedback's FMT. */
  readonly format: number;
}

export type OwnRtcp = SenderReport | ReceiverReport | SourceDescription | Bye;
export type RtcpPacket = OwnRtcp | OtherRtcp;

/**
 * A compound packet (RFC 3550 section 6.1 and A.2; reduced-size ones of RFC 5506 too). Null: malformed; of a compound
 * packet that is wrong anywhere nothing is believed.
 */
export function parseRtcp(packet: Uint8Array, length: number = packet.length): RtcpPacket[] | null {
  if (length > packet.length || length < 4) return null;
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < length;) {
    if (at + 4 > length) return null;
    const first = packet[at] ?? 0;
    const next = at + 4 + 4 * read16(packet, at + 2);
    if (first >>> 6 !== 2 || next > length) return null;
    let end = next;
    if ((first & 0x20) !== 0) {
      const padding = packet[end - 1] ?? 0;
      // Only the last one may be padded.
      if (next !== length || padding === 0 || padding % 4 !== 0 || padding > end - at - 4) return null;
      end -= padding;
    }
    const parsed = parseOne(packet, at, end);
    if (!parsed) return null;
    packets.push(parsed);
    at = next;
  }
  return packets;
}

function parseOne(packet: Uint8Array, at: number, end: number): RtcpPacket | null {
  const count = (packet[at] ?? 0) & 0x1f;
  const type = packet[at + 1] ?? 0;
  switch (type) {
    case 200: {
      if (end < at + 28 + 24 * count) return null;
      const sender = {
        ntpSeconds: read32(packet, at + 8),
        ntpFraction: read32(packet, at + 12),
        timestamp: read32(packet, at + 16),
        packets: read32(packet, at + 20),
        octets: read32(packet, at + 24),
      };
      const reports = reportBlocks(packet, at + 28, count);
      return { kind: "sender-report", ssrc: read32(packet, at + 4), sender, reports };
    }
    case 201: {
      if (end < at + 8 + 24 * count) return null;
      const reports = reportBlocks(packet, at + 8, count);
      return { kind: "receiver-report", ssrc: read32(packet, at + 4), reports };
    }
    case 202:
      return parseDescription(packet, at + 4, end, count);
    case 203: {
      if (end < at + 4 + 4 * count) return null;
      const ssrcs = Array.from({ length: count }, (_, index) => read32(packet, at + 4 + 4 * index));
      return { kind: "bye", ssrcs };
    }
    default:
      return { kind: "other", type, format: count };
  }
}

const reportBlocks = (packet: Uint8Array, start: number, count: number): ReportBlock[] =>
  Array.from({ length: count }, (_, index) => {
    const at = start + 24 * index;
    return {
      ssrc: read32(packet, at),
      fractionLost: packet[at + 4] ?? 0,
      lost: (read32(packet, at + 4) << 8) >> 8,
      highestSequence: read32(packet, at + 8),
      jitter: read32(packet, at + 12),
      lastSenderReport: read32(packet, at + 16),
      delay: read32(packet, at + 20),
    };
  });

/** RFC 3550 section 6.5: chunks of items, each chunk ended by a zero and filled up to 32 bits. */
function parseDescription(
  packet: Uint8Array,
  start: number,
  end: number,
  count: number,
): SourceDescription | null {
  const chunks: { ssrc: number; cname: string | null }[] = [];
  let at = start;
  for (let chunk = 0; chunk < count; chunk += 1) {
    if (at + 8 > end) return null;
    const ssrc = read32(packet, at);
    let cname: string | null = null;
    at += 4;
    while (at < end && packet[at] !== 0) {
      const bytes = packet[at + 1] ?? 0;
      if (at + 2 + bytes > end) return null;
      if (packet[at] === 1) cname = utf8.decode(packet.subarray(at + 2, at + 2 + bytes));
      at += 2 + bytes;
    }
    if (at >= end) return null;
    at += 4 - ((at - start) % 4);
    chunks.push({ ssrc, cname });
  }
  return { kind: "source-description", chunks };
}

const utf8 = new TextDecoder();

/** A compound packet of these. Throws a RangeError for a CNAME of more than 255 bytes or more than 31 parts. */
export function buildRtcp(packets: readonly OwnRtcp[]): Uint8Array {
  return Buffer.concat(packets.map((packet) => buildOne(packet)));
}

function buildOne(packet: OwnRtcp): Uint8Array {
  if (packet.kind === "source-description") return buildDescription(packet);
  if (packet.kind === "bye") {
    const bytes = begin(203, packet.ssrcs.length, 4 + 4 * packet.ssrcs.length);
    for (const [index, ssrc] of packet.ssrcs.entries()) write32(bytes, 4 + 4 * index, ssrc);
    return bytes;
  }
  const sender = packet.kind === "sender-report" ? packet.sender : null;
  const start = sender ? 28 : 8;
  const bytes = begin(sender ? 200 : 201, packet.reports.length, start + 24 * packet.reports.length);
  write32(bytes, 4, packet.ssrc);
  if (sender) {
    const words = [sender.ntpSeconds, sender.ntpFraction, sender.timestamp, sender.packets, sender.octets];
    for (const [index, word] of words.entries()) write32(bytes, 8 + 4 * index, word);
  }
  writeBlocks(bytes, start, packet.reports);
  return bytes;
}

function buildDescription({ chunks }: SourceDescription): Uint8Array {
  const built = chunks.map(({ ssrc, cname }) => {
    const name = Buffer.from(cname ?? "", "utf8");
    if (name.length > 255) throw new RangeError("a CNAME of more than 255 bytes");
    const items = cname === null ? 0 : 2 + name.length;
    // At least one zero ends the items.
    const chunk = Buffer.alloc(4 + 4 * Math.floor(items / 4 + 1));
    chunk.writeUInt32BE(ssrc);
    if (cname !== null) {
      chunk[4] = 1;
      chunk[5] = name.length;
      name.copy(chunk, 6);
    }
    return chunk;
  });
  const body = Buffer.concat(built);
  const bytes = begin(202, chunks.length, 4 + body.length);
  bytes.set(body, 4);
  return bytes;
}

function begin(type: number, count: number, bytes: number): Uint8Array {
  if (count > 31) throw new RangeError("more than 31 parts in an RTCP packet");
  const packet = new Uint8Array(bytes);
  packet[0] = 0x80 | count;
  packet[1] = type;
  write16(packet, 2, bytes / 4 - 1);
  return packet;
}

function writeBlocks(bytes: Uint8Array, start: number, reports: readonly ReportBlock[]): void {
  for (const [index, block] of reports.entries()) {
    const at = start + 24 * index;
    write32(bytes, at, block.ssrc);
    write32(bytes, at + 4, block.lost & 0xff_ffff);
    bytes[at + 4] = block.fractionLost;
    write32(bytes, at + 8, block.highestSequence);
    write32(bytes, at + 12, block.jitter);
    write32(bytes, at + 16, block.lastSenderReport);
    write32(bytes, at + 20, block.delay);
  }
}

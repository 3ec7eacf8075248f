import { closeSync, openSync, readSync } from "node:fs";

/** A UDP datagram over IPv4 as tcpdump wrote it. */
export interface Datagram {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Buffer;
}

const fileHeader = 24;
const recordHeader = 16;
const ethernetHeader = 14;
const ipv4 = 0x0800;
const udp = 17;

/**
 * Takes the bytes of a pcap file as they are written and answers the UDP datagrams that are complete. Ethernet
 * frames only, which is what tcpdump writes for `lo`. Source: pcap-savefile(5), RFC 791, RFC 768.
 */
export class PcapReader {
  #pending = Buffer.alloc(0);
  #begun = false;

  push(bytes: Buffer): Datagram[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    if (!this.#begun) {
      if (this.#pending.length < fileHeader) return [];
      if (this.#pending.readUInt32LE(0) !== 0xa1b2c3d4)
        throw new Error("not a little-endian microsecond pcap file");
      if (this.#pending.readUInt32LE(20) !== 1) throw new Error("not a capture of Ethernet frames");
      this.#pending = this.#pending.subarray(fileHeader);
      this.#begun = true;
    }
    const datagrams: Datagram[] = [];
    while (this.#pending.length >= recordHeader) {
      const end = recordHeader + this.#pending.readUInt32LE(8);
      if (this.#pending.length < end) break;
      const time = this.#pending.readUInt32LE(0) * 1000 + this.#pending.readUInt32LE(4) / 1000;
      const datagram = parseFrame(this.#pending.subarray(recordHeader, end), time);
      if (datagram) datagrams.push(datagram);
      this.#pending = this.#pending.subarray(end);
    }
    return datagrams;
  }
}

function parseFrame(frame: Buffer, time: number): Datagram | undefined {
  if (frame.length < ethernetHeader + 20 || frame.readUInt16BE(12) !== ipv4) return undefined;
  const packet = frame.subarray(ethernetHeader);
  const segment = packet.subarray((packet.readUInt8(0) & 0x0f) * 4);
  if (packet.readUInt8(9) !== udp || segment.length < 8) return undefined;
  return {
    time,
    sourcePort: segment.readUInt16BE(0),
    destinationPort: segment.readUInt16BE(2),
    payload: segment.subarray(8, segment.readUInt16BE(4)),
  };
}

/** A pcap file that is still growing: each call answers what is new since the last one. */
export class GrowingPcap {
  readonly #path: string;
  readonly #reader = new PcapReader();
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  read(): Datagram[] {
    const file = openSync(this.#path, "r");
    const datagrams: Datagram[] = [];
    try {
      const chunk = Buffer.alloc(65_536);
      for (;;) {
        const length = readSync(file, chunk, 0, chunk.length, this.#offset);
        if (length === 0) return datagrams;
        this.#offset += length;
        datagrams.push(...this.#reader.push(chunk.subarray(0, length)));
      }
    } finally {
      closeSync(file);
    }
  }
}

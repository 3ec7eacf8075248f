import { type Cipheriv, createCipheriv } from "node:crypto";

/** The longest packet whose keystream is made: what Ethernet carries fits many times. */
export const maxPacketBytes = 4096;

// One packet is worked on at a time, so all keys share the counter blocks.
const counters = Buffer.alloc(maxPacketBytes + 16);
const words = new DataView(counters.buffer, counters.byteOffset, counters.length);
const views = Array.from({ length: counters.length / 16 + 1 }, (_, blocks) =>
  counters.subarray(0, 16 * blocks),
);

/**
 * AES-128 in counter mode (RFC 3711 section 4.1.1). One ECB cipher lives as long as the key: made per packet, the
 * cipher object would cost more than everything else.
 */
export class CounterMode {
  readonly #cipher: Cipheriv;
  readonly #salt: readonly [number, number, number, number];

  /** `key`: 16 bytes; `salt`: 14. */
  constructor(key: Uint8Array, salt: Uint8Array) {
    if (salt.length !== 14) throw new RangeError("a salt must have 14 bytes");
    this.#cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    const padded = Buffer.concat([salt, Buffer.alloc(2)]);
    this.#salt = [
      padded.readUInt32BE(0),
      padded.readUInt32BE(4),
      padded.readUInt32BE(8),
      padded.readUInt32BE(12),
    ];
  }

  /** Enciphers, or deciphers, the bytes from `start` to `end` in place, for a packet index below 2^48. */
  apply(packet: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const bytes = end - start;
    if (bytes <= 0) return;
    const stream = this.keystream(bytes, ssrc, index);
    for (let at = 0; at < bytes; at += 1) packet[start + at]! ^= stream[at]!;
  }

  /** At least `bytes` bytes. IV = salt·2^16 XOR ssrc·2^64 XOR index·2^16, and a block counter in the last 16 bits. */
  keystream(bytes: number, ssrc: number, index: number): Uint8Array {
    if (bytes > maxPacketBytes) throw new RangeError(`a packet of more than ${maxPacketBytes} bytes`);
    const [first, second, third, fourth] = this.#salt;
    const two = second ^ ssrc;
    const three = third ^ Math.floor(index / 0x1_0000);
    const four = fourth ^ ((index % 0x1_0000) << 16);
    const blocks = (bytes + 15) >>> 4;
    for (let block = 0; block < blocks; block += 1) {
      const at = 16 * block;
      words.setUint32(at, first);
      words.setUint32(at + 4, two);
      words.setUint32(at + 8, three);
      words.setUint32(at + 12, four | block);
    }
    return this.#cipher.update(views[blocks]!);
  }
}

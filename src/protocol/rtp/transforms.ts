import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { write32 } from "./bytes.ts";
import { CounterMode } from "./counter-mode.ts";
import type { SessionKeys } from "./keys.ts";
import { HmacSha1 } from "./sha1.ts";

/**
 * How a profile protects a packet in place. `start` is where the encrypted part begins, `index` the packet's
 * (48 bits, SRTCP: 31). `opened` is false for a packet that is not authentic; it is then left in any state.
 */
export interface Transform {
  /** Bytes that protection adds, without SRTCP's index. */
  readonly overhead: number;
  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): void;
  /** `length` includes the overhead. */
  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): boolean;
}

/** AES_CM_128_HMAC_SHA1 for SRTP (RFC 3711 sections 3.3, 4.1, 4.2): the rollover counter is authenticated, not sent. */
export class CounterModeRtp implements Transform {
  readonly overhead: number;
  readonly #cipher: CounterMode;
  readonly #mac: HmacSha1;

  constructor(keys: SessionKeys, tagBytes: 4 | 10) {
    this.overhead = tagBytes;
    this.#cipher = new CounterMode(keys.key, keys.salt);
    this.#mac = new HmacSha1(keys.authentication);
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): void {
    this.#cipher.apply(packet, start, length, ssrc, index);
    this.#mac.hash(packet, length, Math.floor(index / 0x1_0000));
    putTag(this.#mac.tag, packet, length, this.overhead);
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): boolean {
    const end = length - this.overhead;
    this.#mac.hash(packet, end, Math.floor(index / 0x1_0000));
    if (!sameTag(this.#mac.tag, packet, end, this.overhead)) return false;
    this.#cipher.apply(packet, start, end, ssrc, index);
    return true;
  }
}

/** The same for SRTCP (RFC 3711 section 3.4): E bit and index stand before the tag, which always has 80 bits. */
export class CounterModeRtcp implements Transform {
  readonly overhead = 10;
  readonly #cipher: CounterMode;
  readonly #mac: HmacSha1;

  constructor(keys: SessionKeys) {
    this.#cipher = new CounterMode(keys.key, keys.salt);
    this.#mac = new HmacSha1(keys.authentication);
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): void {
    this.#cipher.apply(packet, start, length, ssrc, index);
    write32(packet, length, index | 0x8000_0000);
    this.#mac.hash(packet, length + 4, null);
    putTag(this.#mac.tag, packet, length + 4, this.overhead);
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): boolean {
    const end = length - this.overhead;
    this.#mac.hash(packet, end, null);
    if (!sameTag(this.#mac.tag, packet, end, this.overhead)) return false;
    if (isEncrypted(packet, end - 4)) this.#cipher.apply(packet, start, end - 4, ssrc, index);
    return true;
  }
}

function putTag(tag: Uint8Array, packet: Uint8Array, at: number, bytes: number): void {
  for (let index = 0; index < bytes; index += 1) packet[at + index] = tag[index]!;
}

/** Takes the same time wherever they differ. */
function sameTag(tag: Uint8Array, packet: Uint8Array, at: number, bytes: number): boolean {
  let difference = 0;
  for (let index = 0; index < bytes; index += 1) difference |= tag[index]! ^ packet[at + index]!;
  return difference === 0;
}

const isEncrypted = (packet: Uint8Array, at: number): boolean => packet[at]! >= 0x80;

const gcm = "aes-128-gcm";
const gcmTag = 16;

/** AEAD_AES_128_GCM for SRTP (RFC 7714 section 8). */
export class GcmRtp implements Transform {
  readonly overhead = gcmTag;
  readonly #key: KeyObject;
  readonly #nonce: Nonce;

  constructor(keys: SessionKeys) {
    this.#key = createSecretKey(keys.key);
    this.#nonce = new Nonce(keys.salt);
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): void {
    const cipher = createCipheriv(gcm, this.#key, this.#nonce.of(ssrc, index));
    cipher.setAAD(packet.subarray(0, start));
    packet.set(cipher.update(packet.subarray(start, length)), start);
    cipher.final();
    packet.set(cipher.getAuthTag(), length);
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): boolean {
    const nonce = this.#nonce.of(ssrc, index);
    return openGcm(this.#key, nonce, packet.subarray(0, start), packet, start, length);
  }
}

/** The same for SRTCP (RFC 7714 section 9): the tag stands before E bit and index, which are authenticated. */
export class GcmRtcp implements Transform {
  readonly overhead = gcmTag;
  readonly #key: KeyObject;
  readonly #nonce: Nonce;

  constructor(keys: SessionKeys) {
    this.#key = createSecretKey(keys.key);
    this.#nonce = new Nonce(keys.salt);
  }

  seal(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): void {
    const cipher = createCipheriv(gcm, this.#key, this.#nonce.of(ssrc, index));
    const word = Buffer.alloc(4);
    write32(word, 0, index | 0x8000_0000);
    cipher.setAAD(Buffer.concat([packet.subarray(0, start), word]));
    packet.set(cipher.update(packet.subarray(start, length)), start);
    cipher.final();
    packet.set(cipher.getAuthTag(), length);
    packet.set(word, length + gcmTag);
  }

  open(packet: Uint8Array, start: number, length: number, ssrc: number, index: number): boolean {
    const end = length - 4;
    const word = packet.subarray(end, length);
    const nonce = this.#nonce.of(ssrc, index);
    // Unencrypted, all before the tag is authenticated only (section 9.3).
    const from = isEncrypted(packet, end) ? start : end - gcmTag;
    const associated = Buffer.concat([packet.subarray(0, from), word]);
    return openGcm(this.#key, nonce, associated, packet, from, end);
  }
}

function openGcm(
  key: KeyObject,
  nonce: Uint8Array,
  associated: Uint8Array,
  packet: Uint8Array,
  start: number,
  end: number,
): boolean {
  const decipher = createDecipheriv(gcm, key, nonce, { authTagLength: gcmTag });
  decipher.setAAD(associated);
  decipher.setAuthTag(packet.subarray(end - gcmTag, end));
  const plain = decipher.update(packet.subarray(start, end - gcmTag));
  try {
    decipher.final();
  } catch {
    return false;
  }
  packet.set(plain, start);
  return true;
}

/** RFC 7714 sections 8.1 and 9.1: two zero bytes, SSRC, packet index in 48 bits; XOR salt. */
class Nonce {
  readonly #salt: Buffer;
  readonly #bytes = Buffer.alloc(12);

  constructor(salt: Uint8Array) {
    if (salt.length !== 12) throw new RangeError("a salt must have 12 bytes");
    this.#salt = Buffer.from(salt);
  }

  of(ssrc: number, index: number): Uint8Array {
    const [salt, bytes] = [this.#salt, this.#bytes];
    salt.copy(bytes);
    write32(bytes, 2, salt.readUInt32BE(2) ^ ssrc);
    write32(bytes, 6, salt.readUInt32BE(6) ^ Math.floor(index / 0x1_0000));
    bytes.writeUInt16BE(salt.readUInt16BE(10) ^ (index % 0x1_0000), 10);
    return bytes;
  }
}

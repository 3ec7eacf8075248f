import { read32, write32 } from "./bytes.ts";

/**
 * HMAC-SHA1 (RFC 2104, FIPS 180-4) for short messages under one key. node:crypto costs several microseconds per
 * packet, most of it for making the object; here the key's two blocks are hashed once.
 */
export class HmacSha1 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;
  /** The tag of the message hashed last. */
  readonly tag: Uint8Array = new Uint8Array(20);

  /** `key`: at most 64 bytes. */
  constructor(key: Uint8Array) {
    this.#inner = keyed(key, 0x36);
    this.#outer = keyed(key, 0x5c);
  }

  /** Hashes the first `length` bytes, and behind them `suffix` as 32 bits unless it is null, into `tag`. */
  hash(bytes: Uint8Array, length: number, suffix: number | null): void {
    state.set(this.#inner);
    const whole = length & ~63;
    for (let at = 0; at < whole; at += 64) {
      load(bytes, at);
      compress();
    }
    let end = length - whole;
    for (let index = 0; index < end; index += 1) last[index] = bytes[whole + index] ?? 0;
    if (suffix !== null) {
      write32(last, end, suffix);
      end += 4;
    }
    finish(end, 64 + length + (suffix === null ? 0 : 4));

    for (let index = 0; index < 5; index += 1) write32(last, 4 * index, state[index] ?? 0);
    state.set(this.#outer);
    finish(20, 64 + 20);
    for (let index = 0; index < 5; index += 1) write32(this.tag, 4 * index, state[index] ?? 0);
  }
}

// One hash runs at a time and to its end, so all share the working memory.
const state = new Int32Array(5);
const schedule = new Int32Array(80);
/** The last, padded blocks of a message. */
const last = new Uint8Array(128);

function keyed(key: Uint8Array, pad: number): Int32Array {
  if (key.length > 64) throw new RangeError("a key of more than 64 bytes");
  const block = new Uint8Array(64).fill(pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  begin();
  load(block, 0);
  compress();
  return state.slice();
}

function begin(): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
}

/** Pads the `end` bytes in `last`, of a message of `total` bytes. */
function finish(end: number, total: number): void {
  last[end] = 0x80;
  const size = end < 56 ? 64 : 128;
  last.fill(0, end + 1, size - 4);
  write32(last, size - 4, total * 8);
  for (let at = 0; at < size; at += 64) {
    load(last, at);
    compress();
  }
}

function load(bytes: Uint8Array, at: number): void {
  for (let index = 0; index < 16; index += 1) schedule[index] = read32(bytes, at + 4 * index);
}

/** The block in `schedule[0..15]` into `state`. */
function compress(): void {
  const w = schedule;
  for (let index = 16; index < 80; index += 1) {
    const word = w[index - 3]! ^ w[index - 8]! ^ w[index - 14]! ^ w[index - 16]!;
    w[index] = (word << 1) | (word >>> 31);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let next = 0;
  for (let index = 0; index < 20; index += 1) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a827999 + w[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 20; index < 40; index += 1) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + w[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 40; index < 60; index += 1) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1bbcdc + w[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let index = 60; index < 80; index += 1) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + w[index]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
}

import * as fc from "fast-check";
import type { SrtpKeys, SrtpProfile } from "../../../../src/protocol/rtp/index.ts";

/** A packet in a buffer that has room behind it. */
export interface Buffered {
  readonly buffer: Uint8Array;
  readonly length: number;
}

export function rtp(o: {
  readonly sequence: number;
  readonly ssrc?: number;
  readonly timestamp?: number;
  readonly payload?: Uint8Array;
}): Buffered {
  const { payload = Buffer.from("Gallia est omnis divisa") } = o;
  const buffer = Buffer.alloc(12 + payload.length + 64);
  buffer[0] = 0x80;
  buffer.writeUInt16BE(o.sequence & 0xffff, 2);
  buffer.writeUInt32BE(o.timestamp ?? 160 * o.sequence, 4);
  buffer.writeUInt32BE(o.ssrc ?? 0xcafe, 8);
  buffer.set(payload, 12);
  return { buffer, length: 12 + payload.length };
}

/** Every shape that RFC 3550 section 5.1 allows: CSRCs, extension, padding. */
export const rtpShapes = fc
  .record({
    marker: fc.boolean(),
    payloadType: fc.nat(127),
    sequence: fc.nat(0xffff),
    timestamp: fc.nat(0xffff_ffff),
    ssrc: fc.nat(0xffff_ffff),
    csrcs: fc.array(fc.nat(0xffff_ffff), { maxLength: 15 }),
    extension: fc.option(fc.array(fc.nat(0xffff_ffff), { maxLength: 5 })),
    payload: fc.uint8Array({ maxLength: 300 }),
    padding: fc.nat(40),
  })
  .map((shape) => {
    const words = [...shape.csrcs];
    if (shape.extension) words.push((0xbede_0000 | shape.extension.length) >>> 0, ...shape.extension);
    const head = Buffer.alloc(12 + 4 * words.length);
    head[0] = 0x80 | shape.csrcs.length | (shape.extension ? 0x10 : 0) | (shape.padding > 0 ? 0x20 : 0);
    head[1] = shape.payloadType | (shape.marker ? 0x80 : 0);
    head.writeUInt16BE(shape.sequence, 2);
    head.writeUInt32BE(shape.timestamp, 4);
    head.writeUInt32BE(shape.ssrc, 8);
    for (const [index, word] of words.entries()) head.writeUInt32BE(word, 12 + 4 * index);
    const padding = Buffer.alloc(shape.padding);
    if (shape.padding > 0) padding[shape.padding - 1] = shape.padding;
    const bytes = Buffer.concat([head, shape.payload, padding]);
    return Object.assign(shape, { start: head.length, bytes });
  });

export function buffered(bytes: Uint8Array): Buffered {
  const buffer = Buffer.alloc(bytes.length + 64);
  buffer.set(bytes);
  return { buffer, length: bytes.length };
}

export const profiles: readonly SrtpProfile[] = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AEAD_AES_128_GCM",
];

export function keysOf(profile: SrtpProfile, seed = 1): SrtpKeys {
  const bytes = Buffer.from(Array.from({ length: 30 }, (_, index) => (index + 1) * 37 * seed));
  const saltBytes = profile === "AEAD_AES_128_GCM" ? 12 : 14;
  return { profile, masterKey: bytes.subarray(0, 16), masterSalt: bytes.subarray(16, 16 + saltBytes) };
}

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  kindOf,
  rewriteRtp,
  RtpHeader,
  setMarker,
  writeRtpHeader,
} from "../../../../src/protocol/rtp/index.ts";
import { rtpShapes } from "./rtp-packets.ts";

const headerOf = (bytes: Uint8Array, length = bytes.length): RtpHeader => {
  const header = new RtpHeader();
  expect(header.read(bytes, length)).toBe(true);
  return header;
};

test("every shape of an RTP packet is read", () => {
  fc.assert(
    fc.property(rtpShapes, (shape) => {
      const header = headerOf(shape.bytes);
      expect(header).toMatchObject({
        marker: shape.marker,
        payloadType: shape.payloadType,
        sequence: shape.sequence,
        timestamp: shape.timestamp,
        ssrc: shape.ssrc,
        payloadStart: shape.start,
        payloadEnd: shape.start + shape.payload.length,
      });
    }),
  );
});

test("whatever the bytes, a header that is read lies inside the packet", () => {
  const header = new RtpHeader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(140), (bytes, length) => {
      if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
      if (!header.read(bytes, length)) return;
      expect(length).toBeLessThanOrEqual(bytes.length);
      expect(header.payloadStart).toBeGreaterThanOrEqual(12);
      expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd);
      expect(header.payloadEnd).toBeLessThanOrEqual(length);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["empty", ""],
  ["11 bytes", "80000001000000020000aa"],
  ["version 1", "400000010000000200000003"],
  ["CSRCs that are not there", "8f0000010000000200000003"],
  ["an extension that is cut", "90000001000000020000000300"],
  ["an extension longer than the packet", "900000010000000200000003bede000201020304"],
  ["padding of nothing", "a0000001000000020000000300"],
  ["padding longer than the payload", "a0000001000000020000000300000009"],
])("malformed: %s", (_, hex) => {
  const bytes = Buffer.from(hex, "hex");
  expect(new RtpHeader().read(bytes, bytes.length)).toBe(false);
});

test("rewriting changes what it says and nothing else", () => {
  fc.assert(
    fc.property(
      rtpShapes,
      fc.nat(127),
      fc.nat(0xffff),
      fc.nat(0xffff_ffff),
      fc.nat(0xffff_ffff),
      (...given) => {
        const [shape, payloadType, sequence, timestamp, ssrc] = given;
        const bytes = Buffer.from(shape.bytes);
        rewriteRtp(bytes, payloadType, sequence, timestamp, ssrc);
        expect(headerOf(bytes)).toMatchObject({
          payloadType,
          sequence,
          timestamp,
          ssrc,
          marker: shape.marker,
        });
        expect(bytes.subarray(12)).toEqual(shape.bytes.subarray(12));
        setMarker(bytes, !shape.marker);
        expect(headerOf(bytes)).toMatchObject({ payloadType, marker: !shape.marker });
      },
    ),
  );
});

test("a header that was written is read", () => {
  const fields = {
    payloadType: 101,
    marker: true,
    sequence: 65_535,
    timestamp: 0xffff_fff0,
    ssrc: 0x8000_0001,
  };
  const bytes = new Uint8Array(20).fill(0xff);
  expect(writeRtpHeader(bytes, fields)).toBe(12);
  expect(headerOf(bytes)).toMatchObject({ ...fields, payloadStart: 12, payloadEnd: 20 });
});

describe("what a packet on a multiplexed port is (RFC 7983)", () => {
  test.each([
    [[0x00, 0x01], "stun"],
    [[0x03, 0xff], "stun"],
    [[0x04, 0x00], null],
    [[0x14, 0xfe], "dtls"],
    [[0x3f, 0xfe], "dtls"],
    [[0x40, 0x00], "turn"],
    [[0x4f, 0x00], "turn"],
    [[0x50, 0x00], null],
    [[0x80, 0x00], "rtp"],
    [[0x80, 0x6f], "rtp"],
    [[0x80, 0xef], "rtp"],
    [[0x80, 0xbf], "rtp"],
    [[0x80, 0xc0], "rtcp"],
    [[0x81, 0xc8], "rtcp"],
    [[0x8f, 0xcd], "rtcp"],
    [[0xbf, 0xdf], "rtcp"],
    [[0xbf, 0xe0], "rtp"],
    [[0xc0, 0x00], null],
    [[0x80], null],
    [[], null],
  ])("%j is %s", (bytes, kind) => {
    expect(kindOf(Uint8Array.from(bytes))).toBe(kind);
  });
});

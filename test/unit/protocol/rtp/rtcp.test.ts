import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RtcpPacketConverter, RtcpSrPacket } from "werift";
import { buildRtcp, parseRtcp, type OwnRtcp } from "../../../../src/protocol/rtp/index.ts";

const word = fc.nat(0xffff_ffff);
const block = fc.record({
  ssrc: word,
  fractionLost: fc.nat(255),
  lost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  highestSequence: word,
  jitter: word,
  lastSenderReport: word,
  delay: word,
});
const blocks = fc.array(block, { maxLength: 31 });
const sender = fc.record({
  ntpSeconds: word,
  ntpFraction: word,
  timestamp: word,
  packets: word,
  octets: word,
});
const cname = fc.option(fc.string({ maxLength: 60 }).filter((text) => text.isWellFormed()));
const packets: fc.Arbitrary<OwnRtcp> = fc.oneof(
  fc.record({ kind: fc.constant("sender-report" as const), ssrc: word, sender, reports: blocks }),
  fc.record({ kind: fc.constant("receiver-report" as const), ssrc: word, reports: blocks }),
  fc.record({
    kind: fc.constant("source-description" as const),
    chunks: fc.array(fc.record({ ssrc: word, cname }), { maxLength: 31 }),
  }),
  fc.record({ kind: fc.constant("bye" as const), ssrcs: fc.array(word, { maxLength: 31 }) }),
);

test("what is built is read again", () => {
  fc.assert(
    fc.property(fc.array(packets, { minLength: 1, maxLength: 5 }), (compound) => {
      const bytes = buildRtcp(compound);
      expect(bytes.length % 4).toBe(0);
      expect(parseRtcp(bytes)).toEqual(compound);
    }),
  );
});

test("whatever the bytes, they are read or refused", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(200, 201, 202, 203, 205),
      (bytes, type) => {
        if (bytes.length >= 4) {
          bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
          bytes[1] = type;
          bytes[2] = 0;
          bytes[3] = bytes.length / 4 - 1;
        }
        const parsed = parseRtcp(bytes);
        expect(parsed === null || parsed.length > 0).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});

test("cut anywhere, nothing of it is believed", () => {
  const bytes = buildRtcp([
    { kind: "receiver-report", ssrc: 1, reports: [] },
    { kind: "source-description", chunks: [{ ssrc: 1, cname: "someone@example" }] },
  ]);
  for (let length = 0; length < bytes.length; length += 1) {
    // After the first packet it is a whole one of reduced size.
    expect(parseRtcp(bytes, length) === null, `${length} bytes`).toBe(length !== 8);
  }
});

describe("feedback and what else a relay has no use for is passed over", () => {
  test.each([
    ["NACK", "81cd0003 00000001 00000002 00170000", { type: 205, format: 1 }],
    ["PLI", "81ce0002 00000001 00000002", { type: 206, format: 1 }],
    ["XR", "80cf0001 00000001", { type: 207, format: 0 }],
    ["APP", "80cc0002 00000001 6e616d65", { type: 204, format: 0 }],
  ])("%s", (_, hex, expected) => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    expect(parseRtcp(bytes)).toEqual([{ kind: "other", ...expected }]);
  });

  test("a padded one, if it is the last", () => {
    const padded = Buffer.from("a1ce0003000000010000000200000004", "hex");
    expect(parseRtcp(padded)).toHaveLength(1);
    expect(parseRtcp(Buffer.concat([padded, padded]))).toBeNull();
  });
});

test("werift reads our report, and we read werift's", () => {
  const own: OwnRtcp = {
    kind: "sender-report",
    ssrc: 0x1122_3344,
    sender: {
      ntpSeconds: 3_900_000_000,
      ntpFraction: 0x8000_0000,
      timestamp: 4000,
      packets: 25,
      octets: 4000,
    },
    reports: [
      {
        ssrc: 9,
        fractionLost: 12,
        lost: 345,
        highestSequence: 0x1_0005,
        jitter: 17,
        lastSenderReport: 0xabcd_1234,
        delay: 65_536,
      },
    ],
  };
  const [theirs] = RtcpPacketConverter.deSerialize(Buffer.from(buildRtcp([own])));
  expect(theirs).toBeInstanceOf(RtcpSrPacket);
  expect(theirs).toMatchObject({
    ssrc: 0x1122_3344,
    senderInfo: { rtpTimestamp: 4000, packetCount: 25, octetCount: 4000 },
    reports: [
      { ssrc: 9, fractionLost: 12, packetsLost: 345, highestSequence: 0x1_0005, jitter: 17, dlsr: 65_536 },
    ],
  });
  expect(parseRtcp((theirs as RtcpSrPacket).serialize())).toEqual([own]);
});

test("more than RTCP can say is refused", () => {
  expect(() =>
    buildRtcp([{ kind: "source-description", chunks: [{ ssrc: 1, cname: "x".repeat(256) }] }]),
  ).toThrow("a CNAME of more than 255 bytes");
  expect(() => buildRtcp([{ kind: "bye", ssrcs: Array.from({ length: 32 }, () => 1) }])).toThrow(
    "more than 31",
  );
});

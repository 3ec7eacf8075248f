import { property, array, assert, integer, string, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { EventFrames } from "../../live/harness/event-frames.ts";
import { netstring, NetstringReader } from "../../live/harness/netstring.ts";
import { PcapReader } from "../../live/harness/pcap.ts";
import { headerValues, parseSipMessage } from "../../live/harness/sip-message.ts";

/** The bytes in pieces whose lengths are taken from `lengths` in turn. */
function pieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

const lengths = array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });

test("netstrings come out whole however they were cut", () => {
  assert(
    property(array(string({ unit: "grapheme" })), lengths, (texts, cuts) => {
      const reader = new NetstringReader();
      const bytes = Buffer.from(texts.map((text) => netstring(text)).join(""));
      expect(pieces(bytes, cuts).flatMap((piece) => reader.push(piece))).toEqual(texts);
    }),
  );
});

test.each(["x:a,", "1:ab", "-1:,"])("%j is no netstring", (text) => {
  expect(() => new NetstringReader().push(Buffer.from(text))).toThrow("no netstring");
});

test("event-socket frames come out whole, byte for byte, however they were cut", () => {
  assert(
    property(array(uint8Array({ minLength: 1 })), lengths, (bodies, cuts) => {
      const frames = bodies.map((body) =>
        Buffer.concat([Buffer.from(`Content-Length: ${body.length}\n\n`), body]),
      );
      const reader = new EventFrames();
      expect(pieces(Buffer.concat(frames), cuts).flatMap((piece) => reader.push(piece))).toEqual(frames);
    }),
  );
});

function record(payload: Uint8Array, { protocol = 17, options = 0 } = {}): Buffer {
  const frame = Buffer.alloc(14 + 20 + options + 8);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45 + options / 4, 14);
  frame.writeUInt8(protocol, 23);
  const udp = 14 + 20 + options;
  frame.writeUInt16BE(5060, udp);
  frame.writeUInt16BE(5061, udp + 2);
  frame.writeUInt16BE(8 + payload.length, udp + 4);
  const bytes = Buffer.concat([frame, payload]);
  const about = Buffer.alloc(16);
  about.writeUInt32LE(2, 0);
  about.writeUInt32LE(500_000, 4);
  about.writeUInt32LE(bytes.length, 8);
  return Buffer.concat([about, bytes]);
}

describe("a pcap file", () => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(1, 20);

  test("gives its datagrams however it was cut", () => {
    assert(
      property(array(uint8Array()), lengths, (payloads, cuts) => {
        const reader = new PcapReader();
        const file = Buffer.concat([header, ...payloads.map((payload) => record(payload))]);
        const read = pieces(file, cuts).flatMap((piece) => reader.push(piece));
        expect(read.map(({ payload }) => payload)).toEqual(payloads.map((payload) => Buffer.from(payload)));
      }),
    );
  });

  test("gives time and ports, past IP options, and leaves out other protocols", () => {
    const records = [record(Buffer.from("tcp"), { protocol: 6 }), record(Buffer.from("udp"), { options: 8 })];
    const read = new PcapReader().push(Buffer.concat([header, ...records]));
    expect(read).toEqual([
      { time: 2500, sourcePort: 5060, destinationPort: 5061, payload: Buffer.from("udp") },
    ]);
  });

  test("of another kind is refused", () => {
    expect(() => new PcapReader().push(Buffer.alloc(24))).toThrow("not a little-endian");
  });
});

describe("a SIP message", () => {
  test("gives its method, headers in every letter case and body", () => {
    const text = "INVITE sip:1000@h SIP/2.0\r\nX-Number: <sip:5@d>\r\nx-NUMBER: two\r\n lines\r\n\r\nv=0\r\n";
    const message = parseSipMessage(text);
    expect(message).toMatchObject({ method: "INVITE", status: undefined, body: "v=0\r\n" });
    expect(message && headerValues(message, "X-Number")).toEqual(["<sip:5@d>", "two lines"]);
  });

  test("gives its status", () => {
    expect(parseSipMessage("SIP/2.0 486 Busy Here\r\nVia: x\r\n\r\n")).toMatchObject({
      status: 486,
      method: undefined,
    });
  });

  test.each(["", "\r\n\r\n", "jaK", "GET / HTTP/1.1\r\n\r\n"])("is not %j", (text) => {
    expect(parseSipMessage(text)).toBeUndefined();
  });
});

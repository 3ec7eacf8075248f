import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Headers, printMessage, SipParseError } from "../../../../src/protocol/sip/index.ts";
import { StreamFramer } from "../../../../src/protocol/sip/framing.ts";
import { lines } from "./lines.ts";

const message = (number: number, body: string | Uint8Array = ""): Buffer =>
  Buffer.from(
    printMessage({
      kind: "request",
      method: "MESSAGE",
      uri: "sip:a@b",
      headers: Headers.of([
        ["Via", "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1"],
        ["From", "<sip:a@b>;tag=1"],
        ["To", "<sip:a@b>"],
        ["Call-ID", "x"],
        ["CSeq", `${number} MESSAGE`],
      ]),
      body: Buffer.from(body),
    }),
  );

/** Everything that the chunks hold, and the reason of the SipParseError that ended it. */
function told(chunks: readonly Buffer[], framer = new StreamFramer()): { items: unknown[]; ended?: string } {
  const items: unknown[] = [];
  try {
    for (const chunk of chunks) {
      framer.push(chunk);
      for (let item = framer.next(); item; item = framer.next()) {
        if (item.kind === "message") items.push(lines(item.message));
        else if (item.kind === "malformed") items.push({ kind: item.kind, reason: item.error.reason });
        else items.push(item);
      }
    }
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return { items, ended: error.reason };
  }
  return { items };
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...at.map((one) => one % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
}

const ping = Buffer.from("\r\n\r\n");

describe("a stream gives the same messages however it is cut", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((body) => message(1, body)),
    fc.constant(ping),
    fc.constant(Buffer.from(message(2).toString().replace("MESSAGE sip", "INVITE sip"))),
  );
  test("with keep-alives and messages that cannot be read in it", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(fc.nat()), (parts, at) => {
        const bytes = Buffer.concat(parts);
        const framer = new StreamFramer();
        const whole = told([bytes], framer);
        expect(whole.items).toHaveLength(parts.length);
        expect(framer.unfinished).toBe(false);
        expect(told(cut(bytes, at))).toEqual(whole);
      }),
    );
  });

  test("byte by byte", () => {
    const bytes = Buffer.concat([ping, message(1, "body\r\n\r\n"), message(2)]);
    const single = told(Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(single).toEqual(told([bytes]));
    expect(single.items).toHaveLength(3);
  });
});

describe("line breaks between messages", () => {
  test.each([
    ["one is skipped", "\r\n", []],
    ["two are a ping", "\r\n\r\n", [{ kind: "ping" }]],
    ["five are two pings and one", "\r\n".repeat(5), [{ kind: "ping" }, { kind: "ping" }]],
  ])("%s", (_what, text, items) => {
    const framer = new StreamFramer();
    expect(told([Buffer.from(text)], framer)).toEqual({ items });
    expect(framer.unfinished).toBe(false);
    expect(told([message(1)], framer).items).toHaveLength(1);
  });
});

test("a message is unfinished from its first byte to its last", () => {
  const framer = new StreamFramer();
  const bytes = message(1, "body");
  expect(told([bytes.subarray(0, 1)], framer).items).toHaveLength(0);
  expect(framer.unfinished).toBe(true);
  expect(told([bytes.subarray(1, -1)], framer).items).toHaveLength(0);
  expect(framer.unfinished).toBe(true);
  expect(told([bytes.subarray(-1)], framer).items).toHaveLength(1);
  expect(framer.unfinished).toBe(false);
});

test("a message that cannot be read does not end the stream, as its end is known", () => {
  const broken = Buffer.from(message(1).toString().replace("CSeq: 1 MESSAGE", "CSeq: 1 BYE"));
  expect(told([Buffer.concat([broken, message(2)])]).items).toEqual([
    { kind: "malformed", reason: "a CSeq of another method" },
    expect.objectContaining({ kind: "request" }),
  ]);
});

describe("the stream ends where the next message's place is not known:", () => {
  const head = message(1).toString();
  test.each([
    ["no Content-Length", head.replace(/Content-Length.*\r\n/u, ""), "no Content-Length"],
    [
      "two of them",
      head.replace("Content-Length: 0", "Content-Length: 0\r\nl: 5"),
      "more than one Content-Length",
    ],
    [
      "a Content-Length that is none",
      head.replace("Length: 0", "Length: -1"),
      "a Content-Length that is none",
    ],
    ["more than 64 KiB", head.replace("Length: 0", "Length: 65530"), "a message that is too large"],
    ["a head of more than 64 KiB", "A: b\r\n".repeat(11_000), "a message that is too large"],
    ["a TLS hello", "\u0016\u0003\u0001\u0002", "a start line that is none"],
    ["HTTP", "GET / HTTP/1.1\r\n\r\n", "a request line that is none"],
    ["a bare CR", "\rA", "a line break that is none"],
  ])("%s", (_what, text, reason) => {
    expect(told([Buffer.from(text, "latin1")])).toEqual({ items: [], ended: reason });
  });

  test("no bytes make it throw anything else, nor are more held than one message's", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array(), fc.constantFrom(ping, message(1), Buffer.from("l: 9\r\n")))),
        (chunks) => {
          expect(() => told(chunks.map((chunk) => Buffer.from(chunk)))).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("a message in small pieces is not copied, nor searched, again for each", () => {
  const bytes = message(1, Buffer.alloc(60_000, 0x20));
  const framer = new StreamFramer();
  const { copy, indexOf } = Buffer.prototype;
  let copied = 0;
  let searched = 0;
  Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<typeof copy>) {
    const count = copy.apply(this, args);
    copied += count;
    return count;
  };
  Buffer.prototype.indexOf = function (this: Buffer, ...args: Parameters<typeof indexOf>) {
    searched += this.length - Number(args[1] ?? 0);
    return indexOf.apply(this, args);
  } as typeof indexOf;
  try {
    for (const byte of bytes) told([Buffer.from([byte])], framer);
  } finally {
    Buffer.prototype.copy = copy;
    Buffer.prototype.indexOf = indexOf;
  }
  expect(framer.unfinished).toBe(false);
  expect(copied).toBeGreaterThan(bytes.length - 10);
  expect(copied).toBeLessThan(4 * bytes.length);
  expect(searched).toBeGreaterThan(0);
  expect(searched).toBeLessThan(10 * bytes.length);
});

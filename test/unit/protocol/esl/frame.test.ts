import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FrameParser,
  ProtocolViolation,
  parseJsonEvent,
  type Frame,
} from "../../../../src/protocol/esl/index.ts";

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, "../../../fixtures/esl", name));

const plain = (frame: Frame): { headers: Record<string, string>; body: string } => ({
  headers: Object.fromEntries(frame.headers),
  body: frame.body.toString("latin1"),
});

const parse = (chunks: readonly Buffer[], parser = new FrameParser()): ReturnType<typeof plain>[] =>
  chunks.flatMap((chunk) => parser.push(chunk).map((frame) => plain(frame)));

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...at.map((one) => one % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
}

const frameBytes = fc
  .tuple(fc.string({ unit: "grapheme-ascii" }), fc.uint8Array({ maxLength: 400 }), fc.boolean())
  .map(([word, body, withBody]) => {
    const head = `Content-Type: text/x\nReply-Text: ${word.replaceAll(/[\n\r]/g, "")}\n`;
    if (!withBody) return Buffer.from(`${head}\n`);
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\n\n`), body]);
  });

describe("the frames are the same however the bytes are cut", () => {
  test("frames of any content", () => {
    fc.assert(
      fc.property(fc.array(frameBytes, { maxLength: 8 }), fc.array(fc.nat()), (frames, at) => {
        const bytes = Buffer.concat(frames);
        const whole = parse([bytes]);
        expect(whole).toHaveLength(frames.length);
        expect(parse(cut(bytes, at))).toEqual(whole);
      }),
    );
  });

  test.each([
    ["capture-json.bin", 65],
    ["capture-plain.bin", 28],
  ])("%s, recorded from FreeSWITCH", (name, count) => {
    const bytes = fixture(name);
    const whole = parse([bytes]);
    expect(whole).toHaveLength(count);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (at) => {
        expect(parse(cut(bytes, at))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test("byte by byte", () => {
    const bytes = fixture("capture-json.bin").subarray(0, 20_000);
    const single = parse(Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(single).toEqual(parse([bytes]));
    expect(single.length).toBeGreaterThan(5);
  });
});

test("every recorded event is read", () => {
  const parser = new FrameParser();
  const events = parser
    .push(fixture("capture-json.bin"))
    .filter((frame) => frame.headers.get("Content-Type") === "text/event-json")
    .map((frame) => parseJsonEvent(frame.body));
  expect(events).toHaveLength(64);
  expect(events.every((event) => event?.["Event-Name"] && event["Core-UUID"])).toBe(true);
  expect(parser.buffered).toBe(0);
});

test("a frame that comes in small pieces is not copied again for each", () => {
  const body = Buffer.alloc(4 * 1024 * 1024, 0x20);
  const parser = new FrameParser();
  const copied: number[] = [];
  const copy = Buffer.prototype.copy;
  Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<typeof copy>) {
    const count = copy.apply(this, args);
    copied.push(count);
    return count;
  };
  try {
    parser.push(Buffer.from(`Content-Length: ${body.length}\n\n`));
    for (let at = 0; at < body.length; at += 1024) parser.push(body.subarray(at, at + 1024));
  } finally {
    Buffer.prototype.copy = copy;
  }
  const total = copied.reduce((sum, one) => sum + one, 0);
  expect(total).toBeGreaterThanOrEqual(body.length - 1024);
  expect(total).toBeLessThan(3 * body.length);
});

describe("what is no event socket is refused:", () => {
  const malformed: [name: string, bytes: string][] = [
    ["a giant Content-Length", "Content-Length: 99999999999\n\n"],
    ["a negative Content-Length", "Content-Length: -5\n\n"],
    ["a Content-Length in words", "Content-Length: many\n\n"],
    ["a web server", "HTTP/1.1 400 Bad Request\nServer: x\n\n"],
    ["a header without a name", ": value\n\n"],
    ["an endless header block", `X: ${"y".repeat(70_000)}`],
  ];
  test.each(malformed)("%s", (_name, bytes) => {
    expect(() => new FrameParser().push(Buffer.from(bytes))).toThrow(ProtocolViolation);
  });

  test("and any other bytes never throw anything else, nor are they hoarded", () => {
    const limits = { maxHeaderBytes: 100, maxBodyBytes: 100 };
    const hoarded = (chunks: readonly Uint8Array[]): number => {
      const parser = new FrameParser(limits);
      let most = 0;
      try {
        for (const chunk of chunks) {
          parser.push(Buffer.from(chunk));
          most = Math.max(most, parser.buffered);
        }
      } catch (error) {
        if (!(error instanceof ProtocolViolation)) throw error;
      }
      return most;
    };
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        expect(hoarded(chunks)).toBeLessThanOrEqual(limits.maxHeaderBytes + limits.maxBodyBytes);
      }),
    );
  });
});

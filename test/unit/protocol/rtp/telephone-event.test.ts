import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  digitOf,
  DigitReader,
  DigitSender,
  eventOf,
  readTelephoneEvent,
  rescaleTelephoneEvent,
  RtpHeader,
  writeRtpHeader,
  writeTelephoneEvent,
  type Digit,
  type DigitPacket,
  type TelephoneEvent,
} from "../../../../src/protocol/rtp/index.ts";

const at = 1_700_000_000_000;
const digits = Array.from("0123456789*#ABCD");

test("what is written is read", () => {
  const events = fc.record({
    event: fc.nat(255),
    end: fc.boolean(),
    volume: fc.nat(63),
    duration: fc.nat(0xffff),
  });
  fc.assert(
    fc.property(events, fc.nat(20), (event, start) => {
      const bytes = new Uint8Array(start + 4);
      writeTelephoneEvent(bytes, start, event);
      expect(readTelephoneEvent(bytes, start, bytes.length)).toEqual(event);
      expect(readTelephoneEvent(bytes, start, bytes.length - 1)).toBeNull();
      expect(readTelephoneEvent(bytes, start, bytes.length + 1)).toBeNull();
    }),
  );
});

test("digits and their events", () => {
  for (const [event, digit] of digits.entries()) {
    expect(digitOf(event)).toBe(digit);
    expect(eventOf(digit)).toBe(event);
  }
  expect([digitOf(16), eventOf("E"), eventOf(""), eventOf("11")]).toEqual([null, null, null, null]);
  expect(eventOf("d")).toBe(15);
});

test.each([
  [800, 8000, 48_000, 4800],
  [4800, 48_000, 8000, 800],
  [0xffff, 8000, 48_000, 0xffff],
  [7, 48_000, 8000, 1],
])("a duration of %i at %i Hz is, at %i Hz, %i", (duration, from, to, expected) => {
  const bytes = new Uint8Array(4);
  writeTelephoneEvent(bytes, 0, { event: 5, end: true, volume: 10, duration });
  rescaleTelephoneEvent(bytes, 0, from, to);
  expect(readTelephoneEvent(bytes, 0, 4)).toEqual({ event: 5, end: true, volume: 10, duration: expected });
});

/** Reads packets of one SSRC. */
class Reading {
  readonly digits: Digit[] = [];
  readonly reader: DigitReader;
  readonly #header = new RtpHeader();
  #sequence = 0;

  constructor(clockRate = 8000) {
    this.reader = new DigitReader(clockRate, (digit) => this.digits.push(digit));
  }

  get text(): string {
    return this.digits.map(({ digit }) => digit).join("");
  }

  take(
    timestamp: number,
    event: Partial<TelephoneEvent> & { marker?: boolean; ssrc?: number },
    now = at,
  ): this {
    const packet = new Uint8Array(16);
    const fields = { payloadType: 101, sequence: (this.#sequence += 1), timestamp: timestamp >>> 0 };
    writeRtpHeader(packet, { ...fields, marker: event.marker ?? false, ssrc: event.ssrc ?? 1 });
    writeTelephoneEvent(packet, 12, { event: 5, end: false, volume: 10, duration: 160, ...event });
    this.#header.read(packet, 16);
    this.reader.packet(this.#header, packet, now);
    return this;
  }
}

describe("a digit is reported once", () => {
  test("at its end, however often that is repeated", () => {
    const reading = new Reading().take(1000, { marker: true }).take(1000, { duration: 640 });
    expect(reading.text).toBe("");
    expect(reading.reader.dueAt).not.toBeNull();
    for (let repeat = 0; repeat < 3; repeat += 1) reading.take(1000, { end: true, duration: 800 });
    expect(reading.digits).toEqual([{ digit: "5", milliseconds: 100 }]);
    expect(reading.reader.dueAt).toBeNull();
  });

  test("when only one of its packets comes, and that is an end", () => {
    expect(new Reading().take(1000, { end: true, duration: 4800 }).text).toBe("5");
  });

  test("when every end is lost, once the next begins", () => {
    const reading = new Reading().take(1000, { duration: 480 }).take(3000, { event: 7, marker: true });
    expect(reading.digits).toEqual([{ digit: "5", milliseconds: 60 }]);
    expect(reading.take(3000, { event: 7, end: true }).text).toBe("57");
  });

  test("when every end is lost, after half a second", () => {
    const reading = new Reading().take(1000, {}, at);
    expect(reading.reader.dueAt).toBe(at + 500);
    reading.reader.expire(at + 499);
    expect(reading.text).toBe("");
    reading.reader.expire(at + 500);
    reading.reader.expire(at + 1000);
    reading.take(1000, { end: true }, at + 1100);
    expect(reading.text).toBe("5");
  });

  test("when an end comes late, within the next digit", () => {
    const reading = new Reading()
      .take(1000, { end: true, duration: 800 })
      .take(3000, { event: 6, marker: true })
      .take(1000, { end: true, duration: 800 })
      .take(3000, { event: 6, end: true, duration: 800 })
      .take(1000, { end: true, duration: 800 })
      .take(3000, { event: 6, end: true, duration: 800 });
    expect(reading.text).toBe("56");
  });

  test("when the next overlaps it", () => {
    const reading = new Reading()
      .take(1000, { marker: true })
      .take(1100, { event: 6, marker: true })
      .take(1000, { duration: 320 })
      .take(1100, { event: 6, end: true });
    expect(reading.text).toBe("56");
  });

  test("when the same digit follows and both the end and the marker are lost", () => {
    const reading = new Reading().take(1000, { duration: 480 }).take(2200, { duration: 320 });
    expect(reading.take(2200, { end: true }).text).toBe("55");
  });

  test("over the timestamp's wrap", () => {
    const reading = new Reading().take(0xffff_fff0, { end: true }).take(0x500, { event: 6, end: true });
    expect(reading.take(0xffff_fff0, { end: true }).text).toBe("56");
  });

  test("in segments, when it is longer than a duration can say (RFC 4733 section 2.5.1.3)", () => {
    const reading = new Reading().take(1000, { marker: true }).take(1000, { duration: 0xffff });
    reading.take(1000 + 0xffff, { duration: 160 }).take(1000 + 2 * 0xffff, { duration: 160 });
    expect(reading.text).toBe("");
    reading.take(1000 + 2 * 0xffff, { duration: 800, end: true }).take(1000 + 2 * 0xffff, { end: true });
    expect(reading.digits).toEqual([{ digit: "5", milliseconds: (2 * 0xffff + 800) / 8 }]);
  });

  test("when it is pressed again just where a segment of an ended one would begin", () => {
    const reading = new Reading().take(1000, { end: true, duration: 800 });
    reading.take(1000 + 0xffff, { duration: 160 }).take(1000 + 0xffff, { end: true, duration: 400 });
    expect(reading.digits).toEqual([
      { digit: "5", milliseconds: 100 },
      { digit: "5", milliseconds: 50 },
    ]);
  });

  test("when a sender lets the duration wrap instead", () => {
    const reading = new Reading();
    for (let duration = 8000; duration < 160_000; duration += 8000) {
      reading.take(1000, { duration: duration & 0xffff });
    }
    reading.take(1000, { duration: 160_000 & 0xffff, end: true });
    expect(reading.digits).toEqual([{ digit: "5", milliseconds: 20_000 }]);
  });

  test("when the source changes within it", () => {
    const reading = new Reading().take(5000, { marker: true }).take(1, { ssrc: 2, marker: true });
    reading.take(1, { ssrc: 2, end: true }).take(1, { ssrc: 2, end: true });
    expect(reading.text).toBe("55");
  });
});

test("events that are no digits, and payloads that are too short, are none", () => {
  const reading = new Reading().take(1, { event: 16, end: true }).take(2000, { event: 255, end: true });
  const packet = new Uint8Array(15);
  writeRtpHeader(packet, { payloadType: 101, marker: true, sequence: 1, timestamp: 1, ssrc: 1 });
  const header = new RtpHeader();
  header.read(packet, 15);
  reading.reader.packet(header, packet, at);
  expect(reading.digits).toEqual([]);
});

/** All packets of the digits, and when they were due. */
function sent(text: string, clockRate: number): (DigitPacket & { readonly due: number })[] {
  const sender = new DigitSender(clockRate);
  sender.send(text, at);
  const packets: (DigitPacket & { readonly due: number })[] = [];
  for (let due = sender.dueAt; due !== null; due = sender.dueAt) {
    expect(sender.next(due - 1, 0)).toBeNull();
    const packet = sender.next(due, ((due - at) * clockRate) / 1000);
    if (packet) packets.push({ ...packet, due: due - at });
  }
  return packets;
}

describe("sending", () => {
  test("a digit: an update every 20 ms, its end three times", () => {
    const packets = sent("9", 8000);
    expect(packets.map(({ due }) => due)).toEqual([0, 20, 40, 60, 80, 100, 120]);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
    const events = packets.map(({ payload }) => readTelephoneEvent(payload, 0, 4));
    expect(events.map((event) => event?.duration)).toEqual([160, 320, 480, 640, 800, 800, 800]);
    expect(events.map((event) => event?.end)).toEqual([false, false, false, false, true, true, true]);
    expect(events.every((event) => event?.event === 9 && event.volume === 10)).toBe(true);
  });

  test("two digits: 50 ms between them, each with the timestamp of its beginning", () => {
    const packets = sent("12", 48_000);
    expect(packets[7]).toMatchObject({ due: 150, marker: true, timestamp: 7200 });
    expect(new Set(packets.map(({ timestamp }) => timestamp))).toEqual(new Set([0, 7200]));
    expect(readTelephoneEvent(packets[6]?.payload ?? new Uint8Array(0), 0, 4)?.duration).toBe(4800);
  });

  test("a digit asked for within the gap waits for its end", () => {
    const sender = new DigitSender(8000);
    sender.send("1", at);
    for (let due = sender.dueAt; due !== null; due = sender.dueAt) sender.next(due, 0);
    sender.send("2", at + 125);
    expect(sender.dueAt).toBe(at + 150);
    sender.send("3", at + 130);
    expect(sender.dueAt).toBe(at + 150);
  });

  test("a user who comes late sends the digit late, not short", () => {
    const sender = new DigitSender(8000);
    sender.send("1", at);
    expect(sender.next(at + 70, 0)).not.toBeNull();
    expect(sender.next(at + 70, 0)).toBeNull();
    expect(sender.dueAt).toBe(at + 90);
  });

  test("what is no digit is refused, and nothing of it is sent", () => {
    const sender = new DigitSender(8000);
    expect(() => sender.send("12x", at)).toThrow("0-9 * # A-D");
    expect(sender.dueAt).toBeNull();
  });

  test("what is sent is read, whatever is lost of it, in that order", () => {
    const text = fc.string({ unit: fc.constantFrom(...digits), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        text,
        fc.constantFrom(8000, 48_000),
        fc.infiniteStream(fc.boolean()),
        (text, clockRate, losses) => {
          const reading = new Reading(clockRate);
          const packets = sent(text, clockRate);
          for (const [index, packet] of packets.entries()) {
            // One packet of each digit comes through at least.
            if (index % 7 !== 3 && losses.next().value === true) continue;
            const event = readTelephoneEvent(packet.payload, 0, 4);
            reading.take(packet.timestamp, { ...event, marker: packet.marker }, at + packet.due);
          }
          reading.reader.expire(at + 100_000);
          expect(reading.text).toBe(text);
        },
      ),
    );
  });
});

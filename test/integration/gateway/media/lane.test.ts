import { Socket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger, systemClock } from "../../../../src/base/index.ts";
import { DgramLane } from "../../../../src/gateway/media/lane/dgram-lane.ts";
import type { LanePort } from "../../../../src/gateway/media/lane/lane.ts";
import type { Codec } from "../../../../src/protocol/sdp/index.ts";
import { RtpPhone } from "../../../fakes/rtp-phone.ts";
import { until } from "../../../live/harness/until.ts";

// Two phones of plain RTP, each at a port of the lane, whose payload types and clocks are told.
const codec = (payloadType: number, name: string, clockRate: number, channels = 1): Codec => ({
  payloadType,
  name,
  clockRate,
  channels,
  fmtp: "",
});
const opus = (payloadType: number): Codec => codec(payloadType, "opus", 48_000, 2);
const events = (payloadType: number, clockRate: number): Codec =>
  codec(payloadType, "telephone-event", clockRate);

let lane: DgramLane;
let left: RtpPhone;
let right: RtpPhone;
let atLeft: LanePort;
let atRight: LanePort;
let digits: string[];

beforeEach(async () => {
  digits = [];
  lane = new DgramLane({ clock: systemClock, random: () => 0.25, log: silentLogger });
  [left, right] = [await RtpPhone.open(), await RtpPhone.open()];
  [atLeft, atRight] = [await portFor(left, 1), await portFor(right, 2)];
  atLeft.relay(atRight);
  atRight.relay(atLeft);
});

afterEach(async () => {
  await lane.close();
  await left[Symbol.asyncDispose]();
  await right[Symbol.asyncDispose]();
});

async function portFor(phone: RtpPhone, ssrc: number): Promise<LanePort> {
  for (let port = 44_000; port < 44_400; port += 2) {
    const options = { host: "127.0.0.1", port, rtcp: true, secure: false, ssrc, cname: "c" };
    const opened = await lane.open(options, {
      control: () => undefined,
      digit: (digit) => void digits.push(digit),
    });
    if (!opened) continue;
    const endpoint = { host: "127.0.0.1", port: phone.port };
    opened.accept({ endpoint, others: [] });
    opened.aim(endpoint, { ...endpoint, port: phone.port + 1 });
    phone.sendTo(`m=audio ${port}\nc=IN IP4 127.0.0.1`);
    return opened;
  }
  throw new Error("no port is free");
}

function speak(port: LanePort, ...codecs: readonly Codec[]): void {
  port.describe({ receive: codecs, send: codecs });
}

const event = (digit: number, end: boolean, duration: number): Buffer =>
  Buffer.of(digit, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff);

test("payload types are those of each side, the rest is untouched", async () => {
  speak(atLeft, opus(111));
  speak(atRight, opus(96));
  left.send(Buffer.from("one frame"), { payloadType: 111, marker: true });
  await until("it", () => right.seen.length === 1);
  expect(right.seen[0]).toMatchObject({ payloadType: 96, marker: true, ssrc: 2 });
  expect(right.seen[0]?.payload.toString()).toBe("one frame");
  right.send(Buffer.from("another"), { payloadType: 96 });
  await until("it", () => left.seen.length === 1);
  expect(left.seen[0]).toMatchObject({ payloadType: 111, ssrc: 1 });
});

test("a payload type that the other side has none for is dropped, and counted", async () => {
  speak(atLeft, opus(111), codec(0, "PCMU", 8000));
  speak(atRight, opus(96));
  left.send(Buffer.alloc(160), { payloadType: 0 });
  left.send(Buffer.alloc(160), { payloadType: 77 });
  left.send(Buffer.alloc(20), { payloadType: 111 });
  await until("the one that is known", () => right.seen.length === 1);
  expect(atLeft.counters().dropped).toEqual({ unmapped: 2 });
});

test("a peer that is held is sent nothing, and nothing counts as sent to it", async () => {
  speak(atLeft, codec(0, "PCMU", 8000));
  speak(atRight, codec(0, "PCMU", 8000));
  atRight.aim(null, null);
  left.sing(500);
  await until("audio", () => atLeft.counters().received.packets > 5);
  expect(atRight.counters().sent.packets).toBe(0);
  atRight.aim({ host: "127.0.0.1", port: right.port }, null);
  await until("audio", () => right.seen.length > 5);
  expect(atRight.counters().sent.packets).toBeGreaterThan(5);
});

test("a pair of which the system refuses the second port leaves the first one free", async () => {
  const { port } = atLeft;
  await atLeft.close();
  const options = { host: "127.0.0.1", port, rtcp: true, secure: false, ssrc: 3, cname: "c" };
  const events = { control: () => undefined, digit: () => undefined };
  const bind = Reflect.get(Socket.prototype, "bind") as (...given: unknown[]) => Socket;
  const refusing = vi
    .spyOn(Socket.prototype, "bind")
    .mockImplementationOnce(function (this: Socket, ...given: unknown[]) {
      return bind.apply(this, given);
    })
    .mockImplementationOnce(function (this: Socket) {
      const refused = Object.assign(new Error("bind EMFILE"), { code: "EMFILE" });
      queueMicrotask(() => this.emit("error", refused));
      return this;
    });
  await expect(lane.open(options, events)).rejects.toMatchObject({ code: "cannot-listen" });
  refusing.mockRestore();
  expect(await lane.open(options, events)).toMatchObject({ port });
});

describe("digits", () => {
  test("of another clock: durations are rescaled, and told once", async () => {
    speak(atLeft, opus(111), events(110, 48_000));
    speak(atRight, opus(96), events(101, 8000));
    const sent = [960, 1920, 4800, 4800, 4800];
    for (const [index, duration] of sent.entries()) {
      left.send(event(5, index >= 2, duration), { payloadType: 110, marker: index === 0, advance: 0 });
    }
    await until("them", () => right.seen.length === sent.length);
    expect(right.seen.map(({ payload }) => payload.readUInt16BE(2))).toEqual([160, 320, 800, 800, 800]);
    expect(right.seen.map(({ payloadType }) => payloadType)).toEqual([101, 101, 101, 101, 101]);
    expect(right.digits).toBe("5");
    expect(digits).toEqual(["5"]);
    right.send(event(9, true, 800), { payloadType: 101, marker: true });
    await until("one", () => left.seen.length === 1);
    expect(left.seen[0]?.payload.readUInt16BE(2)).toBe(4800);
  });

  test("whose end is lost are told all the same", async () => {
    speak(atLeft, codec(0, "PCMU", 8000), events(101, 8000));
    left.send(event(3, false, 160), { payloadType: 101, marker: true });
    await until("the digit", () => digits.length === 1);
    expect(digits).toEqual(["3"]);
  });

  test("of our own take the place of what is relayed, without a gap or a number twice", async () => {
    speak(atLeft, codec(0, "PCMU", 8000));
    speak(atRight, codec(0, "PCMU", 8000), events(101, 8000));
    left.sing(500);
    await until("audio", () => right.seen.length > 5);
    atRight.sendDigits("1A#");
    await until("the digits", () => right.digits === "1A#");
    const after = right.seen.length;
    await until("audio again", () => right.seen.slice(after).some(({ payloadType }) => payloadType === 0));
    left.hush();
    const numbers = right.seen.map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.map((_, index) => ((numbers[0] ?? 0) + index) & 0xffff));
    const kinds = right.seen.map(({ payloadType }) => payloadType);
    expect(kinds.slice(kinds.indexOf(101), kinds.lastIndexOf(101)).every((kind) => kind === 101)).toBe(true);
    expect(right.seen.filter(({ payloadType }) => payloadType === 101)).toHaveLength(3 * 7);
  });

  test("are refused where the peer takes none, and where they are none", () => {
    speak(atRight, codec(0, "PCMU", 8000));
    expect(() => atRight.sendDigits("1")).toThrow(expect.objectContaining({ code: "media-refused" }));
    speak(atRight, codec(0, "PCMU", 8000), events(101, 8000));
    expect(() => atRight.sendDigits("1x")).toThrow(expect.objectContaining({ code: "invalid-request" }));
  });
});

describe("whoever sends", () => {
  test("from an address that nobody named is dropped, and counted", async () => {
    speak(atLeft, codec(0, "PCMU", 8000));
    speak(atRight, codec(0, "PCMU", 8000));
    left.send(Buffer.alloc(160));
    await until("the true one", () => right.seen.length === 1);
    const stranger = await RtpPhone.open();
    stranger.sendTo(`m=audio ${atLeft.port}\nc=IN IP4 127.0.0.1`);
    stranger.send(Buffer.alloc(160));
    await until("its drop", () => atLeft.counters().dropped["address"] === 1);
    left.send(Buffer.alloc(160));
    await until("the next", () => right.seen.length === 2);
    expect(atLeft.counters().received.packets).toBe(2);
    await stranger[Symbol.asyncDispose]();
  });

  test("before the peer does has the media only until the peer was heard", async () => {
    speak(atLeft, codec(0, "PCMU", 8000));
    speak(atRight, codec(0, "PCMU", 8000));
    const thief = await RtpPhone.open();
    thief.sendTo(`m=audio ${atLeft.port}\nc=IN IP4 127.0.0.1`);
    thief.send(Buffer.alloc(160));
    await until("it", () => right.seen.length === 1);
    right.send(Buffer.alloc(160));
    await until("what it was sent", () => thief.seen.length === 1);
    left.send(Buffer.alloc(160));
    await until("the peer", () => right.seen.length === 2);
    right.send(Buffer.alloc(160));
    await until("what the peer is sent", () => left.seen.length === 1);
    thief.send(Buffer.alloc(160));
    await until("its drop", () => atLeft.counters().dropped["address"] === 1);
    right.send(Buffer.alloc(160));
    await until("the next", () => left.seen.length === 2);
    expect(thief.seen).toHaveLength(1);
    await thief[Symbol.asyncDispose]();
  });

  test("what is no RTP is dropped, and counted", async () => {
    speak(atLeft, codec(0, "PCMU", 8000));
    for (const bytes of [
      "",
      "80",
      "8000",
      "ffff",
      "00010000",
      "80ff0001",
      "b000000000000000000000000000ffff",
    ]) {
      left.rtp.send(Buffer.from(bytes, "hex"), atLeft.port, "127.0.0.1");
    }
    await until("all of them", () => {
      const { dropped } = atLeft.counters();
      return Object.values(dropped).reduce((sum, count) => sum + count, 0) === 7;
    });
    expect(atLeft.counters().received.packets).toBe(0);
  });
});

test("a source that begins anew goes on in the old line: one SSRC, the sequence without a step back", async () => {
  speak(atLeft, codec(0, "PCMU", 8000));
  speak(atRight, codec(0, "PCMU", 8000));
  for (let count = 0; count < 3; count += 1) left.send(Buffer.alloc(160));
  await until("three", () => right.seen.length === 3);
  left.ssrc = 0x0bad_cafe;
  left.sequence = 7;
  left.timestamp = 99;
  for (let count = 0; count < 3; count += 1) left.send(Buffer.alloc(160));
  await until("three more", () => right.seen.length === 6);
  const first = right.seen[0]?.sequence ?? 0;
  expect(right.seen.map(({ sequence }) => sequence - first)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(new Set(right.seen.map(({ ssrc }) => ssrc))).toEqual(new Set([2]));
  const stamps = right.seen.map(({ timestamp }) => timestamp);
  expect(stamps.every((one, index) => index === 0 || one > (stamps[index - 1] ?? 0))).toBe(true);
  expect(right.seen[3]?.marker).toBe(true);
});

test("at its end a port says BYE to whom it has sent media", async () => {
  speak(atLeft, codec(0, "PCMU", 8000));
  speak(atRight, codec(0, "PCMU", 8000));
  left.send(Buffer.alloc(160));
  await until("it", () => right.seen.length === 1);
  await atRight.close();
  await until("the report", () => right.reports.length > 0);
  const last = right.reports.at(-1) ?? Buffer.alloc(0);
  // RFC 3550 section 6.6: the compound's last packet is of type 203, with one SSRC: ours.
  expect(last.subarray(-8).toString("hex")).toBe("81cb000100000002");
  expect(left.reports).toEqual([]);
});

test("a port that another process uses is not ours", async () => {
  const options = { host: "127.0.0.1", rtcp: true, secure: false, ssrc: 1, cname: "c" };
  const nobody = { control: () => undefined, digit: () => undefined };
  const before = lane.sockets;
  expect(await lane.open({ ...options, port: left.port }, nobody)).toBeNull();
  // RTP's is free, RTCP's is not.
  expect(await lane.open({ ...options, port: left.port - 1 }, nobody)).toBeNull();
  expect(lane.sockets).toBe(before);
});

test("an address that is not this machine's is said so", async () => {
  const options = { host: "203.0.113.1", port: 44_444, rtcp: false, secure: true, ssrc: 1, cname: "c" };
  const opening = lane.open(options, { control: () => undefined, digit: () => undefined });
  await expect(opening).rejects.toMatchObject({ code: "cannot-listen" });
});

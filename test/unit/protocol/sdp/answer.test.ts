import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answerDirection,
  chooseCodecs,
  LocalSession,
  parseSdp,
  payloadMap,
  readAudio,
  relayable,
  sameCodec,
  SdpError,
  unmapped,
  type Codec,
  type Direction,
  type Local,
} from "../../../../src/protocol/sdp/index.ts";
import { recorded, sdp } from "./fixtures.ts";

const codec = (payloadType: number, name: string, clockRate = 8000, channels = 1, fmtp = ""): Codec => ({
  payloadType,
  name,
  clockRate,
  channels,
  fmtp,
});
const opus = (payloadType = 111): Codec => codec(payloadType, "opus", 48_000, 2, "useinbandfec=1");
const events = (payloadType: number, clockRate = 8000): Codec =>
  codec(payloadType, "telephone-event", clockRate);
const [pcmu, pcma] = [codec(0, "PCMU"), codec(8, "PCMA")];
const types = (codecs: readonly Codec[]): number[] => codecs.map(({ payloadType }) => payloadType);

describe("which codecs are answered", () => {
  const browser = [opus(), pcmu, pcma, events(110, 48_000), events(126)];

  test.each([
    ["Opus alone", [opus(96), events(101, 48_000)], [111, 110]],
    ["Opus with telephone-event of 8000 only", [opus(96), events(101)], [111, 110]],
    ["G.711", [pcma, events(101)], [8, 126]],
    ["both, the other way round", [pcma, opus(96), events(101)], [111, 8, 110, 126]],
    ["no telephone-event", [pcmu], [0]],
    ["nothing in common", [codec(9, "G722"), events(101)], []],
    ["telephone-event alone", [events(101)], []],
    ["nothing", [], []],
  ])("%s", (_, chosen, expected) => {
    expect(types(chooseCodecs(browser, chosen))).toEqual(expected);
  });

  test("the offer's order, payload types and parameters, whatever was chosen", () => {
    const any = fc.subarray([opus(), pcmu, pcma, events(110, 48_000), events(126), codec(9, "G722")]);
    const renumbered = any.map((codecs) =>
      codecs.map((one, index) => ({ ...one, payloadType: 96 + index, fmtp: "" })),
    );
    fc.assert(
      fc.property(any, renumbered, (offered, chosen) => {
        const answered = chooseCodecs(offered, chosen);
        expect(offered.filter((one) => answered.includes(one))).toEqual(answered);
        for (const one of answered.filter(({ name }) => name !== "telephone-event")) {
          expect(chosen.some((other) => sameCodec(one, other))).toBe(true);
        }
        expect(
          relayable(answered).length === 0 || answered.some(({ name }) => name !== "telephone-event"),
        ).toBe(true);
      }),
    );
  });
});

test("payload types from one side to the other", () => {
  const map = payloadMap(
    [opus(), pcmu, pcma, events(110, 48_000), events(126)],
    [codec(97, "pcma"), opus(96), events(101)],
  );
  expect(map).toHaveLength(128);
  expect([111, 0, 8, 110, 126, 9].map((type) => map[type])).toEqual([96, unmapped, 97, 101, 101, unmapped]);
  const both = payloadMap([events(110, 48_000), events(126)], [events(101), events(100, 48_000)]);
  expect([both[110], both[126]]).toEqual([100, 101]);
});

test("the direction that is answered (RFC 3264 section 6.1)", () => {
  const all: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
  const table = all.map((offered) => all.map((wanted) => answerDirection(offered, wanted)));
  expect(table).toEqual([
    ["sendrecv", "sendonly", "recvonly", "inactive"],
    ["recvonly", "inactive", "recvonly", "inactive"],
    ["sendonly", "sendonly", "inactive", "inactive"],
    ["inactive", "inactive", "inactive", "inactive"],
  ]);
});

const local = (o: Partial<Local> = {}): Local => ({
  rtp: { host: "127.0.0.1", port: 40_000 },
  codecs: [opus(96), pcmu, events(101)],
  direction: "sendrecv",
  ...o,
});

const named = (codecs: readonly Codec[]): string[] =>
  codecs.map(({ payloadType, name, clockRate }) => `${payloadType} ${name}/${clockRate}`);
const version = (text: string): string => parseSdp(text).origin.sessionVersion;

describe("our descriptions", () => {
  test("an offer", () => {
    expect(new LocalSession("42").offer(local({ ptime: 20 })).split("\r\n")).toEqual([
      "v=0",
      "o=- 42 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      "m=audio 40000 RTP/AVP 96 0 101",
      "a=rtpmap:96 opus/48000/2",
      "a=fmtp:96 useinbandfec=1",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-15",
      "a=ptime:20",
      "a=sendrecv",
      "",
    ]);
  });

  test("the version grows with each that differs, and only then", () => {
    const session = new LocalSession("42");
    expect(version(session.offer(local()))).toBe("1");
    expect(version(session.offer(local()))).toBe("1");
    expect(version(session.offer(local({ direction: "sendonly" })))).toBe("2");
    expect(version(session.offer(local({ direction: "sendonly" })))).toBe("2");
    expect(version(session.offer(local()))).toBe("3");
    const offer = parseSdp(recorded("baresip-offer"));
    expect(version(session.answer(offer, readAudio(offer), local()))).toBe("3");
    expect(version(session.answer(offer, readAudio(offer), local({ codecs: [pcmu] })))).toBe("4");
  });

  test("an IPv6 address", () => {
    const text = new LocalSession("1").offer(local({ rtp: { host: "::1", port: 40_000 } }));
    expect(text).toContain("c=IN IP6 ::1\r\n");
    expect(readAudio(parseSdp(text)).rtp).toEqual({ host: "::1", port: 40_000 });
  });

  test("video and a second audio are refused in their place", () => {
    const offer = parseSdp(
      sdp(
        "m=video 5000 RTP/AVP 31 96",
        "m=audio 4000 RTP/AVP 0",
        "a=mid:a",
        "a=rtcp-mux",
        "m=audio 4004 RTP/AVP 8",
        "m=image 4006 udptl t38",
      ),
    );
    const answer = parseSdp(new LocalSession("1").answer(offer, readAudio(offer), local({ codecs: [pcmu] })));
    expect(
      answer.media.map(({ kind, port, protocol, formats }) => [kind, port, protocol, ...formats]),
    ).toEqual([
      ["video", 0, "RTP/AVP", "31", "96"],
      ["audio", 40_000, "RTP/AVP", "0"],
      ["audio", 0, "RTP/AVP", "8"],
      ["image", 0, "udptl", "t38"],
    ]);
    expect(readAudio(answer)).toMatchObject({ index: 1, mid: "a", rtcpMux: true });
  });

  test("every recorded offer in the clear is answered so that both sides mean the same", () => {
    for (const name of ["freeswitch-offer", "freeswitch-hold", "baresip-offer", "linphone-offer"]) {
      const offer = parseSdp(recorded(name));
      const audio = readAudio(offer, "plain");
      const codecs = chooseCodecs(relayable(audio.codecs), [opus(), pcma, events(126), events(110, 48_000)]);
      const direction = answerDirection(audio.direction, "sendrecv");
      const answer = readAudio(
        parseSdp(new LocalSession("7").answer(offer, audio, local({ codecs, direction }))),
      );
      expect(named(answer.codecs)).toEqual(named(codecs));
      expect(answer).toMatchObject({ index: audio.index, direction });
    }
  });

  test("what cannot be answered, or is a mistake of ours", () => {
    const offer = parseSdp(recorded("chromium-offer"));
    expect(() => new LocalSession("1").answer(offer, readAudio(offer), local())).toThrow(SdpError);
    expect(() => new LocalSession("x")).toThrow("made of digits");
    expect(() => new LocalSession("1").offer(local({ codecs: [] }))).toThrow("has a codec");
    expect(() => new LocalSession("1").offer(local({ rtp: { host: "localhost", port: 1 } }))).toThrow(
      "IP address",
    );
  });
});

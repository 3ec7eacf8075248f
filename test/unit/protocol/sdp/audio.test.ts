import { describe, expect, test } from "vitest";
import { parseSdp, readAudio, relayable, SdpError, type Codec } from "../../../../src/protocol/sdp/index.ts";
import { recorded, sdp } from "./fixtures.ts";

const read = (text: string, transport?: "plain" | "secure"): ReturnType<typeof readAudio> =>
  readAudio(parseSdp(text), transport);

const shown = (codecs: readonly Codec[]): string[] =>
  codecs.map(
    ({ payloadType, name, clockRate, channels }) => `${payloadType} ${name}/${clockRate}/${channels}`,
  );

describe("recorded", () => {
  test("FreeSWITCH offers Opus with two telephone-events", () => {
    const audio = read(recorded("freeswitch-offer"));
    expect(audio).toMatchObject({
      index: 0,
      mid: null,
      direction: "sendrecv",
      held: false,
      rtp: { host: "127.0.0.1", port: 17_000 },
      rtcp: { host: "127.0.0.1", port: 17_001 },
      rtcpMux: false,
      protocol: "RTP/AVP",
      ptime: 20,
      ice: null,
      dtls: null,
    });
    expect(shown(relayable(audio.codecs))).toEqual([
      "102 opus/48000/2",
      "0 PCMU/8000/1",
      "8 PCMA/8000/1",
      "103 telephone-event/48000/1",
      "101 telephone-event/8000/1",
    ]);
    expect(audio.codecs[0]?.fmtp).toContain("useinbandfec=1; cbr=1");
  });

  test("FreeSWITCH holds and resumes", () => {
    expect(read(recorded("freeswitch-hold"))).toMatchObject({ direction: "sendonly", held: true });
    expect(read(recorded("freeswitch-resume"))).toMatchObject({ direction: "sendrecv", held: false });
  });

  test("FreeSWITCH's SDES offer is no RTP in the clear", () => {
    const text = recorded("freeswitch-offer-sdes");
    expect(read(text, "secure")).toMatchObject({ protocol: "RTP/SAVP", dtls: null });
    expect(() => read(text, "plain")).toThrow("no audio description of plain RTP");
  });

  test("Chromium", () => {
    const audio = read(recorded("chromium-offer"), "secure");
    expect(audio).toMatchObject({
      index: 0,
      mid: "0",
      direction: "sendrecv",
      held: false,
      rtp: null,
      rtcp: null,
      rtcpMux: true,
      dtls: { setup: "actpass", fingerprints: [{ hash: "sha-256" }] },
    });
    expect(audio.ice?.candidates).toHaveLength(2);
    expect(audio.ice).toMatchObject({ userFragment: "VCSm", lite: false });
    expect(audio.dtls?.fingerprints[0]?.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(shown(relayable(audio.codecs))).toEqual([
      "111 opus/48000/2",
      "0 PCMU/8000/1",
      "8 PCMA/8000/1",
      "110 telephone-event/48000/1",
      "126 telephone-event/8000/1",
    ]);
    expect(read(recorded("chromium-answer"))).toMatchObject({
      dtls: { setup: "active" },
      direction: "recvonly",
    });
  });

  test("baresip", () => {
    const audio = read(recorded("baresip-offer"), "plain");
    expect(audio).toMatchObject({ rtp: { port: 33_276 }, ptime: 20 });
    expect(shown(relayable(audio.codecs))).toEqual([
      "0 PCMU/8000/1",
      "8 PCMA/8000/1",
      "101 telephone-event/8000/1",
    ]);
  });

  test("linphone: static types without rtpmap, telephone-event at rates that no codec of ours has", () => {
    const audio = read(recorded("linphone-offer"));
    expect(shown(audio.codecs)).toContain("18 G729/8000/1");
    expect(audio.codecs.find(({ payloadType }) => payloadType === 18)?.fmtp).toBe("annexb=yes");
    expect(shown(relayable(audio.codecs))).toEqual([
      "96 opus/48000/2",
      "0 PCMU/8000/1",
      "8 PCMA/8000/1",
      "101 telephone-event/48000/1",
      "100 telephone-event/8000/1",
    ]);
  });
});

describe("which description is the audio", () => {
  test("the first that is not refused and is of RTP", () => {
    const text = sdp(
      "m=video 4000 RTP/AVP 31",
      "m=audio 0 RTP/AVP 0",
      "m=audio 4002 udptl t38",
      "m=audio 4004 RTP/SAVP 0",
      "m=audio 4006 RTP/AVP 8",
    );
    expect(read(text)).toMatchObject({ index: 3 });
    expect(read(text, "plain")).toMatchObject({ index: 4 });
  });

  test("none", () => {
    for (const lines of [
      [],
      ["m=audio 0 RTP/AVP 0"],
      ["m=image 4000 udptl t38"],
      ["m=message 9 TCP/MSRP *"],
    ]) {
      expect(() => read(sdp(...lines))).toThrow(SdpError);
    }
  });
});

const codecsOf = (...lines: string[]): string[] => shown(read(sdp(...lines)).codecs);

describe("codecs", () => {
  test("payload types twice, unknown ones, maps of types that are not offered, malformed maps", () => {
    expect(
      codecsOf(
        "m=audio 4000 RTP/AVP 8 0 8 96 97 98 99 128 x",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:96 other/8000",
        "a=rtpmap:97 nonsense",
        "a=rtpmap:98 zero/0",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:128 far/8000",
      ),
    ).toEqual(["8 PCMA/8000/1", "0 PCMU/8000/1", "96 opus/48000/2"]);
  });

  test("Opus of one channel is not ours, PCMU by another number is, and names have no case", () => {
    const { codecs } = read(
      sdp(
        "m=audio 4000 RTP/AVP 96 97 98",
        "a=rtpmap:96 opus/48000",
        "a=rtpmap:97 pcmu/8000",
        "a=rtpmap:98 OPUS/48000/2",
      ),
    );
    expect(shown(relayable(codecs))).toEqual(["97 pcmu/8000/1", "98 OPUS/48000/2"]);
  });

  test("telephone-event without a codec of its rate is not relayed, nor what looks like RTCP", () => {
    const { codecs } = read(
      sdp("m=audio 4000 RTP/AVP 0 101 72", "a=rtpmap:101 telephone-event/48000", "a=rtpmap:72 opus/48000/2"),
    );
    expect(shown(relayable(codecs))).toEqual(["0 PCMU/8000/1"]);
    expect(relayable([])).toEqual([]);
  });
});

describe("direction and hold (RFC 3264 section 8.4)", () => {
  test.each([
    ["sendrecv", "192.0.2.1", "sendrecv", false],
    ["sendonly", "192.0.2.1", "sendonly", true],
    ["recvonly", "192.0.2.1", "recvonly", false],
    ["inactive", "192.0.2.1", "inactive", true],
    ["sendrecv", "0.0.0.0", "sendonly", true],
    ["recvonly", "0.0.0.0", "inactive", true],
  ])("%s at %s is %s, held: %s", (said, address, direction, held) => {
    const text = sdp("m=audio 4000 RTP/AVP 0", `c=IN IP4 ${address}`, `a=${said}`);
    expect(read(text)).toMatchObject({ direction, held });
  });

  test("the session's holds for media that say none; of two that contradict, the first of the four", () => {
    expect(read(sdp("a=inactive", "m=audio 4000 RTP/AVP 0"))).toMatchObject({ direction: "inactive" });
    expect(read(sdp("a=inactive", "m=audio 4000 RTP/AVP 0", "a=sendrecv"))).toMatchObject({
      direction: "sendrecv",
    });
  });

  test("a browser's 0.0.0.0 is no hold", () => {
    expect(read(recorded("chromium-offer"))).toMatchObject({ held: false });
  });
});

describe("where media goes", () => {
  test.each([
    ["the session's address", [], { host: "192.0.2.1", port: 4000 }, { host: "192.0.2.1", port: 4001 }],
    [
      "the media's own",
      ["c=IN IP6 2001:db8::1"],
      { host: "2001:db8::1", port: 4000 },
      { host: "2001:db8::1", port: 4001 },
    ],
    ["a=rtcp", ["a=rtcp:4100"], { host: "192.0.2.1", port: 4000 }, { host: "192.0.2.1", port: 4100 }],
    [
      "a=rtcp elsewhere",
      ["a=rtcp:4100 IN IP4 192.0.2.7"],
      { host: "192.0.2.1", port: 4000 },
      { host: "192.0.2.7", port: 4100 },
    ],
    [
      "a=rtcp that is malformed",
      ["a=rtcp:x"],
      { host: "192.0.2.1", port: 4000 },
      { host: "192.0.2.1", port: 4001 },
    ],
    [
      "rtcp-mux",
      ["a=rtcp-mux", "a=rtcp:4100"],
      { host: "192.0.2.1", port: 4000 },
      { host: "192.0.2.1", port: 4000 },
    ],
    ["nowhere", ["c=IN IP4 0.0.0.0"], null, null],
    ["a name", ["c=IN IP4 phone.example"], null, null],
    ["multicast", ["c=IN IP4 239.1.1.1"], null, null],
    ["broadcast", ["c=IN IP4 255.255.255.255"], null, null],
  ])("%s", (_, lines, rtp, rtcp) => {
    expect(read(sdp("m=audio 4000 RTP/AVP 0", ...lines))).toMatchObject({ rtp, rtcp });
  });

  test("there is no port above 65535", () => {
    expect(read(sdp("m=audio 65535 RTP/AVP 0"))).toMatchObject({ rtp: { port: 65_535 }, rtcp: null });
  });

  test.each([
    ["20", 20],
    ["", null],
    ["0", null],
    ["-5", null],
    ["1001", null],
    ["twenty", null],
  ])("ptime %j is %j", (text, ptime) => {
    expect(read(sdp("m=audio 4000 RTP/AVP 0", `a=ptime:${text}`))).toMatchObject({ ptime });
  });
});

const secure = (...lines: string[]): string => sdp("m=audio 9 UDP/TLS/RTP/SAVPF 0", ...lines);

describe("ICE and DTLS", () => {
  const ice = ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"];
  const fingerprint = `a=fingerprint:SHA-256 ${"ab:".repeat(31)}cd`;

  test("the session's hold for media that say none", () => {
    const text = sdp("a=ice-lite", ...ice, fingerprint, "a=setup:passive", "m=audio 9 UDP/TLS/RTP/SAVPF 0");
    expect(read(text)).toMatchObject({
      ice: { userFragment: "abcd", lite: true, candidates: [] },
      dtls: { setup: "passive", fingerprints: [{ hash: "sha-256", value: `${"AB:".repeat(31)}CD` }] },
    });
  });

  test("none", () => {
    expect(read(secure())).toMatchObject({ ice: null, dtls: null });
    expect(read(secure(fingerprint))).toMatchObject({ dtls: { setup: "active" } });
  });

  test.each([
    ["ufrag alone", ["a=ice-ufrag:abcd"]],
    ["ufrag of 3", ["a=ice-ufrag:abc", "a=ice-pwd:0123456789012345678901"]],
    ["a password of 21", ["a=ice-ufrag:abcd", "a=ice-pwd:012345678901234567890"]],
    ["a password that is none", ["a=ice-ufrag:abcd", "a=ice-pwd:<<<<<<<<<<<<<<<<<<<<<<"]],
    ["a fingerprint without value", ["a=fingerprint:sha-256"]],
    ["a fingerprint that is no hex", ["a=fingerprint:sha-256 xx:yy"]],
    ["setup of no kind", [fingerprint, "a=setup:sideways"]],
  ])("malformed: %s", (_, lines) => {
    expect(() => read(secure(...lines))).toThrow(SdpError);
    // Nobody asks for them where media goes in the clear.
    expect(read(sdp("m=audio 4000 RTP/AVP 0", ...lines))).toMatchObject({ ice: null, dtls: null });
  });
});

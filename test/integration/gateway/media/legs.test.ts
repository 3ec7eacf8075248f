import { once } from "node:events";
import { fork } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Media, MediaLeg } from "../../../../src/gateway/media/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";
import { RtpPhone } from "../../../fakes/rtp-phone.ts";
import { loopbackMedia, tellingLeg, WirePeer, type ToldOfLeg } from "../../../fakes/wire-peer.ts";
import { until } from "../../../live/harness/until.ts";

const pcmu = { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" };
const events = { name: "telephone-event", clockRate: 8000, channels: 1, payloadType: 101, fmtp: "0-15" };
const opus = { name: "opus", clockRate: 48_000, channels: 2, payloadType: 111, fmtp: "useinbandfec=1" };

let media: Media;
let watched: ToldOfLeg;

beforeEach(() => {
  media = loopbackMedia();
  watched = tellingLeg();
});

afterEach(async () => {
  await media.close();
});

describe("a web leg's descriptions", () => {
  let peer: WirePeer;
  let leg: MediaLeg;

  beforeEach(async () => {
    peer = await WirePeer.open();
    leg = await media.webLeg(watched.events);
  });

  afterEach(async () => {
    await peer[Symbol.asyncDispose]();
  });

  test("the answer keeps the offer's payload types, has one candidate, and is the client of DTLS", async () => {
    const { codecs, direction } = await leg.acceptOffer(peer.offer());
    expect(codecs.map(({ payloadType }) => payloadType)).toEqual([111, 0, 110, 126]);
    expect(direction).toBe("sendrecv");
    const answer = await leg.createAnswer([
      { ...opus, payloadType: 96 },
      { ...events, clockRate: 48_000 },
    ]);
    expect(answer).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 111 110\r$/m);
    expect(answer.match(/^a=candidate:.*$/gm)).toHaveLength(1);
    for (const line of ["a=setup:active", "a=rtcp-mux", "a=mid:0", "a=sendrecv", "a=group:BUNDLE 0"]) {
      expect(answer).toContain(`\r\n${line}\r\n`);
    }
    expect(answer).toMatch(/^a=ssrc:\d+ cname:\S+\r$/m);
    expect(answer).toMatch(/^a=msid:/m);
  });

  test("video is refused in its place", async () => {
    const video =
      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n";
    await leg.acceptOffer(peer.offer() + video);
    const answer = await leg.createAnswer([opus]);
    expect(answer).toMatch(
      /^m=video 0 UDP\/TLS\/RTP\/SAVPF 96\r\nc=IN IP4 0\.0\.0\.0\r\na=mid:1\r\na=inactive/m,
    );
    expect(answer).toContain("a=group:BUNDLE 0\r\n");
  });

  test("an offer of ours lets the browser choose its role in DTLS", async () => {
    const offer = await leg.createOffer([opus, pcmu, events]);
    expect(offer).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 111 0 101\r$/m);
    expect(offer).toContain("\r\na=setup:actpass\r\n");
    expect(offer).toContain("\r\na=fmtp:111 useinbandfec=1\r\n");
  });

  test.each([
    ["nothing that is SDP", () => "hello"],
    ["no audio", () => "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"],
    ["no ICE", (offer: string) => offer.replaceAll(/^a=ice-.*\r\n/gm, "")],
    ["no fingerprint", (offer: string) => offer.replace(/^a=fingerprint.*\r\n/m, "")],
    ["no rtcp-mux", (offer: string) => offer.replace("a=rtcp-mux\r\n", "")],
    ["no codec of ours", (offer: string) => offer.replace("opus", "speex").replace("PCMU", "G722")],
  ])("%s is refused", async (_name, change) => {
    await expect(leg.acceptOffer(change(peer.offer()))).rejects.toMatchObject({ code: "media-refused" });
  });

  test("no common codec, and an answer without an offer, are refused", async () => {
    await expect(leg.createAnswer([opus])).rejects.toMatchObject({ code: "media-refused" });
    await leg.acceptOffer(peer.offer());
    const pcma = { ...pcmu, name: "PCMA", payloadType: 8 };
    await expect(leg.createAnswer([pcma, events])).rejects.toMatchObject({ code: "media-refused" });
  });

  test("another certificate in a later offer is refused", async () => {
    await leg.acceptOffer(peer.offer());
    await Promise.all([peer.take(await leg.createAnswer([pcmu])), leg.connected(10_000)]);
    const other = peer.offer().replace(/(a=fingerprint:sha-256 )../, "$100");
    await expect(leg.acceptOffer(other)).rejects.toMatchObject({ code: "media-refused" });
    await expect(leg.acceptOffer(peer.offer())).resolves.toBeDefined();
  });

  test.each(["actpass", "active", "passive"])("it connects with a peer whose setup is %s", async (setup) => {
    await leg.acceptOffer(peer.offer(setup));
    await Promise.all([peer.take(await leg.createAnswer([pcmu])), leg.connected(10_000)]);
    expect(leg.statistics()).toMatchObject({ dtls: "connected", srtp: "AES_CM_128_HMAC_SHA1_80" });
  });

  test("who has not the certificate of its offer is refused", async () => {
    const fake = await WirePeer.open({ ...peer.certificate, fingerprint: peer.certificate.fingerprint });
    const offer = fake.offer().replace(/(a=fingerprint:sha-256 )../, "$100");
    await leg.acceptOffer(offer);
    const taking = fake.take(await leg.createAnswer([pcmu]));
    taking.catch(() => undefined);
    await expect(leg.connected(10_000)).rejects.toMatchObject({ code: "media-failed" });
    expect(watched.lost).toEqual(["dtls-failed: its certificate is not the one of its session description"]);
    await fake[Symbol.asyncDispose]();
  });
});

/** A leg that answered the phone's offer. */
async function answering(media: Media, one: RtpPhone, { events: told }: ToldOfLeg): Promise<MediaLeg> {
  const made = await media.sipLeg(told);
  await made.acceptOffer(one.description());
  one.sendTo(await made.createAnswer([pcmu, events]));
  return made;
}

describe("on played time", () => {
  let clock: ManualClock;
  let played: Media;

  beforeEach(() => {
    clock = new ManualClock();
    played = loopbackMedia({ clock, mediaTimeoutSeconds: 15 });
  });

  afterEach(async () => {
    await played.close();
    expect(clock.pending).toEqual([]);
  });

  test("a browser that does not come in time is told of", async () => {
    const peer = await WirePeer.open();
    const leg = await played.webLeg(watched.events);
    await leg.acceptOffer(peer.offer());
    await leg.createAnswer([pcmu]);
    const waiting = leg.connected(8_000);
    clock.advance(8_000);
    await expect(waiting).rejects.toMatchObject({ code: "media-failed" });
    await leg.close();
    await peer[Symbol.asyncDispose]();
  });

  test("closing settles who waits", async () => {
    const leg = await played.webLeg(watched.events);
    await leg.createOffer([opus]);
    const waiting = leg.connected(8_000);
    await Promise.all([leg.close(), leg.close()]);
    await expect(waiting).rejects.toMatchObject({ code: "media-failed" });
  });

  describe("a phone", () => {
    let phone: RtpPhone;
    let other: RtpPhone;
    let leg: MediaLeg;
    let far: MediaLeg;

    beforeEach(async () => {
      [phone, other] = [await RtpPhone.open(), await RtpPhone.open()];
      [leg, far] = [await answering(played, phone, watched), await answering(played, other, tellingLeg())];
      played.connect(leg, far);
    });

    afterEach(async () => {
      await phone[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    });

    async function heard(): Promise<void> {
      const before = leg.statistics().received.packets;
      phone.send(Buffer.alloc(160));
      await until("its packet", () => leg.statistics().received.packets > before);
    }

    test("that never sent is not missed", () => {
      clock.advance(600_000);
      expect(watched.lost).toEqual([]);
    });

    test("that was heard, and then is silent for the media timeout, is told of once", async () => {
      await heard();
      clock.advance(14_000);
      expect(watched.lost).toEqual([]);
      clock.advance(600_000);
      expect(watched.lost).toEqual(["media-timeout"]);
    });

    test.each([
      ["sendonly", {}],
      ["inactive", {}],
      ["sendrecv", { host: "0.0.0.0" }],
    ])(
      "that holds (%s %o) is not missed, gets nothing, and is missed again when it resumes",
      async (direction, o) => {
        await heard();
        const held = await leg.acceptOffer(phone.description(direction, o));
        expect(held.direction).not.toBe("sendrecv");
        const answer = await leg.createAnswer([pcmu, events]);
        expect(answer).toMatch(direction === "inactive" ? /^a=inactive/m : /^a=recvonly/m);
        clock.advance(3_600_000);
        expect(watched.lost).toEqual([]);
        const before = phone.seen.length;
        other.send(Buffer.alloc(160));
        await until("what is sent meanwhile", () => far.statistics().received.packets === 1);
        await leg.acceptOffer(phone.description());
        await leg.createAnswer([pcmu, events]);
        other.send(Buffer.alloc(160));
        await until("what came after the hold", () => phone.seen.length > before);
        expect(phone.seen).toHaveLength(before + 1);
        clock.advance(16_000);
        expect(watched.lost).toEqual(["media-timeout"]);
      },
    );
  });
});

describe("a phone that is elsewhere than it says", () => {
  test("is refused where that is an address of IPv6: ours are of IPv4, it would hear nothing", async () => {
    const leg = await media.sipLeg(watched.events);
    const phone = await RtpPhone.open();
    const sdp = phone.description().replace(/^c=.*$/m, "c=IN IP6 ::1");
    await expect(leg.acceptOffer(sdp)).rejects.toMatchObject({ code: "media-refused" });
    await leg.createOffer([pcmu]);
    await expect(leg.acceptAnswer(sdp)).rejects.toMatchObject({ code: "media-refused" });
    await phone[Symbol.asyncDispose]();
  });

  test("is heard from the address of a switch, whatever names that is known by", async () => {
    const known = loopbackMedia({ switches: () => ["127.0.0.1"] });
    const leg = await known.sipLeg(watched.events);
    const phone = await RtpPhone.open();
    await leg.acceptOffer(phone.description("sendrecv", { host: "192.0.2.1" }));
    phone.sendTo(await leg.createAnswer([pcmu]));
    phone.send(Buffer.alloc(160));
    await until("it", () => leg.statistics().received.packets === 1);
    expect(leg.statistics().remote).toBe(`127.0.0.1:${phone.port}`);
    await phone[Symbol.asyncDispose]();
    await known.close();
  });
});

describe("a phone that moves by re-INVITE", () => {
  test("is followed to its new port, in one line towards the other side", async () => {
    const [first, next, other] = [await RtpPhone.open(), await RtpPhone.open(), await RtpPhone.open()];
    const [leg, far] = [await media.sipLeg(watched.events), await media.sipLeg(watched.events)];
    await leg.acceptOffer(first.description());
    first.sendTo(await leg.createAnswer([pcmu]));
    await far.acceptOffer(other.description());
    other.sendTo(await far.createAnswer([pcmu]));
    media.connect(leg, far);
    first.send(Buffer.alloc(160));
    await until("the first", () => other.seen.length === 1);
    await leg.acceptOffer(next.description());
    next.sendTo(await leg.createAnswer([pcmu]));
    next.ssrc = 0x7777_7777;
    next.sequence = 3;
    next.send(Buffer.alloc(160));
    await until("the next", () => other.seen.length === 2);
    first.send(Buffer.alloc(160));
    await until("the old one's drop", () => leg.statistics().dropped["address"] === 1);
    const [one, two] = other.seen;
    expect(two?.ssrc).toBe(one?.ssrc);
    expect(two?.sequence).toBe(((one?.sequence ?? 0) + 1) & 0xffff);
    other.send(Buffer.alloc(160));
    await until("the way back", () => next.seen.length === 1);
    expect(first.seen).toEqual([]);
    for (const phone of [first, next, other]) await phone[Symbol.asyncDispose]();
  });
});

describe("ports", () => {
  test("that are all taken are said so, and those of closed legs rest", async () => {
    const small = loopbackMedia({ ports: { from: 45_000, to: 45_003 } });
    const [one] = await Promise.all([small.sipLeg(watched.events), small.sipLeg(watched.events)]);
    await expect(small.sipLeg(watched.events)).rejects.toMatchObject({ code: "no-free-port" });
    await expect(small.webLeg(watched.events)).rejects.toMatchObject({ code: "no-free-port" });
    await one?.close();
    expect(small.counts()).toMatchObject({ legs: 1, ports: 2, quarantined: 2, sockets: 2 });
    await expect(small.webLeg(watched.events)).rejects.toMatchObject({ code: "no-free-port" });
    await small.close();
  });

  test("that somebody else uses are passed over", async () => {
    const ports = { from: 45_010, to: 45_017 };
    const [theirs, ours] = [loopbackMedia({ ports }), loopbackMedia({ ports })];
    const legs = [];
    for (let count = 0; count < 3; count += 1) legs.push(await theirs.sipLeg(watched.events));
    legs.push(await ours.sipLeg(watched.events));
    expect(new Set(legs.map((leg) => leg.statistics().local)).size).toBe(4);
    await expect(ours.sipLeg(watched.events)).rejects.toMatchObject({ code: "no-free-port" });
    await theirs.close();
    await ours.close();
  });
});

test("a plane that is closed makes no more legs", async () => {
  await media.close();
  await expect(media.sipLeg(watched.events)).rejects.toMatchObject({ code: "shutting-down" });
  await expect(media.webLeg(watched.events)).rejects.toMatchObject({ code: "shutting-down" });
});

test("two hundred legs leave nothing behind, nor do their timers keep the process alive", async () => {
  const child = fork(new URL("leak-process.ts", import.meta.url), {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const [message] = (await once(child, "message")) as [Record<string, unknown>];
  expect(message).toEqual({
    legs: 200,
    connected: 20,
    // More than the 300 ports where others had some in use.
    counts: { legs: 0, ports: 0, quarantined: expect.any(Number) as number, sockets: 0, timers: 0 },
    sockets: 0,
  });
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
});

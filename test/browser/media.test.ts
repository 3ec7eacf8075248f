import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import {
  createMedia,
  type Media,
  type MediaLeg,
  type MediaLegEvents,
} from "../../src/gateway/media/index.ts";
import { RtpPhone } from "../fakes/rtp-phone.ts";
import { until, within } from "../live/harness/until.ts";
import { launchChromium } from "./harness/chromium.ts";
import { FarSide } from "./harness/far-side.ts";
import { hears } from "./harness/hearing.ts";

// Real browsers on the media plane, whose signalling is this test.
const [first, second] = [620, 1040];
const both = [first, second];
const settle = 15_000;

let browser: Browser;
let pages: Server;
let url: string;
let media: Media;
let tab: Page;

beforeAll(async () => {
  browser = await launchChromium();
  pages = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>far</title><body></body>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await browser.close();
  pages.close();
});

beforeEach(async () => {
  media = createMedia({
    sip: { host: "127.0.0.1" },
    ports: { from: 42_000, to: 42_400 },
    mediaTimeoutSeconds: 4,
    clock: systemClock,
    ids: systemIds,
    log: silentLogger,
  });
  tab = await newTab();
});

afterEach(async () => {
  await tab.close();
  await media.close();
});

async function newTab(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

interface Told {
  readonly lost: string[];
  readonly digits: string[];
  readonly events: MediaLegEvents;
}

function told(): Told {
  const lost: string[] = [];
  const digits: string[] = [];
  return {
    lost,
    digits,
    events: { lost: (reason) => void lost.push(reason), digit: (digit) => void digits.push(digit) },
  };
}

/** The page calls: it offers, we answer. */
async function called(page: Page, frequency: number, codec: RegExp, { events } = told()): Promise<MediaLeg> {
  const far = new FarSide(page);
  const leg = await media.webLeg(events);
  const { codecs } = await leg.acceptOffer(await far.offer(frequency));
  await far.takeAnswer(await leg.createAnswer(codecs.filter(({ name }) => codec.test(name))));
  await leg.connected(settle);
  return leg;
}

describe("two browsers", () => {
  test.each([
    ["Opus", /opus|telephone-event/i, "opus/48000/2"],
    ["PCMU", /pcmu|telephone-event/i, "PCMU/8000"],
    ["PCMA", /pcma|telephone-event/i, "PCMA/8000"],
  ])("hear each other in %s: one called us, the other we call", async (_name, codec, told) => {
    const other = await newTab();
    const caller = await called(tab, first, codec);
    const far = new FarSide(other);
    const callee = await media.webLeg({ lost: () => undefined, digit: () => undefined });
    const ours = [
      { name: "opus", clockRate: 48_000, channels: 2, payloadType: 111, fmtp: "useinbandfec=1" },
      { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" },
      { name: "PCMA", clockRate: 8000, channels: 1, payloadType: 8, fmtp: "" },
    ].filter(({ name }) => codec.test(name));
    const answer = await far.answer(await callee.createOffer(ours), second);
    await callee.acceptAnswer(answer);
    await callee.connected(settle);
    media.connect(caller, callee);
    await hears(tab, [second], both);
    await hears(other, [first], both);
    expect(caller.statistics()).toMatchObject({
      codec: told,
      ice: "connected",
      dtls: "connected",
      dropped: {},
    });
    expect(callee.statistics()).toMatchObject({ codec: told, srtp: "AES_CM_128_HMAC_SHA1_80", dropped: {} });
    await other.close();
  });
});

/** The page, which calls, is connected with a phone. */
async function talking(
  page: Page,
  told_ = told(),
): Promise<{ phone: RtpPhone; leg: MediaLeg; sip: MediaLeg }> {
  const phone = await RtpPhone.open();
  const leg = await called(page, first, /pcmu|telephone-event/i, told_);
  const sip = await media.sipLeg(told_.events);
  const { codecs } = await sip.acceptOffer(phone.description());
  phone.sendTo(await sip.createAnswer(codecs));
  media.connect(leg, sip);
  return { phone, leg, sip };
}

describe("a browser and a phone of plain RTP", () => {
  test("hear each other, and their reports say so", async () => {
    const { phone, leg } = await talking(tab);
    phone.sing(second);
    await phone.hears([first], both);
    await hears(tab, [second], both);
    await until("the browser's report of what it hears", () => leg.statistics().peer.roundTrip !== null);
    expect(leg.statistics().peer.fractionLost).toBe(0);
    await until("our report to the phone", () => phone.reports.length > 0);
    await phone[Symbol.asyncDispose]();
  });

  test("digits go both ways", async () => {
    const watched = told();
    const { phone, sip } = await talking(tab, watched);
    phone.sing(second);
    await phone.hears([first], both);
    await tab.evaluate(() => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      far?.getSenders()[0]?.dtmf?.insertDTMF("1#D", 100, 60);
    });
    await until("three digits at the phone", () => phone.digits === "1#D");
    await until("the last one's end", () => watched.digits.length === 3);
    expect(watched.digits).toEqual(["1", "#", "D"]);
    const before = phone.seen.length;
    sip.sendDigits("42");
    await until("two more", () => phone.digits === "1#D42");
    const sequences = phone.seen.slice(before).map(({ sequence }) => sequence);
    expect(sequences.every((one, at) => at === 0 || one === (((sequences[at - 1] ?? 0) + 1) & 0xffff))).toBe(
      true,
    );
    await phone.hears([first], both);
    await phone[Symbol.asyncDispose]();
  });

  test("werift defect 6: a browser that closes is told of at once; one that is muted goes on sending", async () => {
    const watched = told();
    const { phone } = await talking(tab, watched);
    phone.sing(second);
    await phone.hears([first], both);
    await tab.evaluate(() => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      for (const sender of far?.getSenders() ?? []) if (sender.track) sender.track.enabled = false;
    });
    await phone.hears([], both);
    const at = phone.seen.length;
    await until("five seconds of silence, longer than the media timeout", () => phone.seen.length > at + 250);
    expect(watched.lost).toEqual([]);
    await tab.evaluate(() => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      far?.close();
    });
    await within(
      2,
      "the browser's end",
      until("it", () => watched.lost.length > 0),
    );
    expect(watched.lost).toEqual(["dtls-closed"]);
    await phone[Symbol.asyncDispose]();
  });

  test("a browser that restarts ICE is followed, and stays heard", async () => {
    const { phone, leg } = await talking(tab);
    phone.sing(second);
    await phone.hears([first], both);
    const offer = await tab.evaluate(async () => {
      const { far } = globalThis as typeof globalThis & { far?: RTCPeerConnection };
      if (!far) return "";
      const gathered = new Promise<void>((resolve) => {
        far.addEventListener("icegatheringstatechange", () => {
          if (far.iceGatheringState === "complete") resolve();
        });
      });
      await far.setLocalDescription(await far.createOffer({ iceRestart: true }));
      await gathered;
      return far.localDescription?.sdp ?? "";
    });
    const { codecs } = await leg.acceptOffer(offer);
    await new FarSide(tab).takeAnswer(
      await leg.createAnswer(codecs.filter(({ name }) => /pcmu|tele/i.test(name))),
    );
    // Chromium may stay on the old pair: its consent must hold there, whatever the new credentials are.
    phone.seen.length = 0;
    await phone.hears([first], both);
    await hears(tab, [second], both);
    await phone[Symbol.asyncDispose]();
  });
});

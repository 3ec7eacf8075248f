import { Failure } from "../../src/base/index.ts";
import type {
  LegStatistics,
  Media,
  MediaCounts,
  MediaLeg,
  MediaLegEvents,
  Offer,
} from "../../src/gateway/media/index.ts";
import type { Codec, Direction } from "../../src/protocol/sdp/index.ts";

export const opus: Codec = { name: "opus", clockRate: 48_000, channels: 2, payloadType: 111, fmtp: "" };
export const pcmu: Codec = { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" };
export const pcma: Codec = { name: "PCMA", clockRate: 8000, channels: 1, payloadType: 8, fmtp: "" };
export const events: Codec = {
  name: "telephone-event",
  clockRate: 8000,
  channels: 1,
  payloadType: 101,
  fmtp: "0-15",
};

const names: Readonly<Record<string, Codec>> = { opus, pcmu, pcma, events };
const nameOf = (codec: Codec): string =>
  Object.entries(names).find(([, one]) => one.name === codec.name)?.[0] ?? codec.name;

/** A description in this fake's words: `offer pcmu,events sendonly`. */
export const described = (
  codecs: readonly Codec[],
  what = "answer",
  direction: Direction = "sendrecv",
): string => `${what} ${codecs.map(nameOf).join()} ${direction}`;

function read(sdp: string): Offer {
  const [, codecs = "", direction = "sendrecv"] = sdp.split(" ");
  const found = codecs.split(",").flatMap((name) => names[name] ?? []);
  if (found.length === 0) throw new Failure("media-refused", `nothing to use in ${sdp}`);
  return { codecs: found, direction: direction as Direction };
}

const none = { packets: 0, bytes: 0, lost: 0, jitter: 0, lastAt: null };

/** A leg that writes down what is asked of it, in order. */
export class FakeLeg implements MediaLeg {
  readonly kind: "web" | "sip";
  readonly events: MediaLegEvents;
  readonly asked: string[] = [];
  readonly digits: string[] = [];
  readonly candidates: string[] = [];
  closed = false;
  /** Packets that came from its peer. */
  received = 0;
  connecting: Promise<void> = Promise.resolve();

  constructor(kind: "web" | "sip", told: MediaLegEvents) {
    this.kind = kind;
    this.events = told;
  }

  async acceptOffer(sdp: string): Promise<Offer> {
    this.asked.push(`acceptOffer ${sdp}`);
    return read(sdp);
  }

  async createAnswer(codecs: readonly Codec[], direction: Direction = "sendrecv"): Promise<string> {
    const sdp = described(codecs, "answer", direction);
    this.asked.push(`createAnswer ${sdp}`);
    return sdp;
  }

  async createOffer(codecs: readonly Codec[]): Promise<string> {
    const sdp = described(codecs, "offer");
    this.asked.push(`createOffer ${sdp}`);
    return sdp;
  }

  async acceptAnswer(sdp: string): Promise<Offer> {
    this.asked.push(`acceptAnswer ${sdp}`);
    return read(sdp);
  }

  async addCandidate(candidate: string): Promise<void> {
    this.candidates.push(candidate);
  }

  connected(): Promise<void> {
    return this.connecting;
  }

  sendDigits(digits: string): void {
    this.digits.push(digits);
  }

  statistics(): LegStatistics {
    return {
      kind: this.kind,
      local: null,
      remote: null,
      codec: "PCMU",
      ice: this.kind === "web" ? "connected" : null,
      dtls: this.kind === "web" ? "connected" : null,
      srtp: null,
      received: { ...none, packets: this.received },
      sent: none,
      peer: { roundTrip: null, fractionLost: null },
      dropped: {},
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Media that carries nothing. */
export class FakeMedia implements Media {
  readonly legs: FakeLeg[] = [];
  readonly connections: (readonly [FakeLeg, FakeLeg])[] = [];
  /** Set it to have no port free. */
  exhausted = false;

  #open(kind: "web" | "sip", told: MediaLegEvents): Promise<MediaLeg> {
    if (this.exhausted) return Promise.reject(new Failure("no-free-port", "none is free"));
    const leg = new FakeLeg(kind, told);
    this.legs.push(leg);
    return Promise.resolve(leg);
  }

  webLeg(told: MediaLegEvents): Promise<MediaLeg> {
    return this.#open("web", told);
  }

  sipLeg(told: MediaLegEvents): Promise<MediaLeg> {
    return this.#open("sip", told);
  }

  connect(one: MediaLeg, other: MediaLeg): void {
    this.connections.push([one as FakeLeg, other as FakeLeg]);
  }

  leg(kind: "web" | "sip", index = 0): FakeLeg {
    const found = this.legs.filter((leg) => leg.kind === kind)[index];
    if (!found) throw new Error(`there is no ${kind} leg ${index}`);
    return found;
  }

  counts(): MediaCounts {
    const legs = this.legs.filter(({ closed }) => !closed).length;
    return { legs, ports: legs, quarantined: 0, sockets: legs, timers: 0 };
  }

  async close(): Promise<void> {
    await Promise.all(this.legs.map((leg) => leg.close()));
  }
}

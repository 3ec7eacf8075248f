import { networkInterfaces } from "node:os";
import { Failure, type Clock, type Ids, type Logger } from "../../base/index.ts";
import { makeCertificate, type OwnCertificate } from "./dtls/index.ts";
import { DgramLane } from "./lane/dgram-lane.ts";
import type { Lane, LanePort } from "./lane/lane.ts";
import type { PlaneLeg } from "./leg.ts";
import { PortPool } from "./port-pool.ts";
import type { Media, MediaCounts, MediaLeg, MediaLegEvents } from "./ports.ts";
import { SipLeg } from "./sip-leg.ts";
import { WebLeg } from "./web-leg.ts";
import { addressesOf, type Addresses } from "./addresses.ts";

export interface MediaOptions {
  /** The address of our SIP user agent; SIP legs take their media there. IPv4. */
  readonly sip: { readonly host: string };
  /** The address that browsers are told, where it differs from `sip.host`. */
  readonly publicIp?: string;
  /** Both ends included. */
  readonly ports: { readonly from: number; readonly to: number };
  readonly mediaTimeoutSeconds: number;
  /** Addresses of the switches: one's media may come from there though its description names another one. */
  readonly switches?: () => readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

const watchMilliseconds = 1_000;
/** Ports that others use are passed over, but not for ever: the range may belong to somebody else altogether. */
const maxAttempts = 64;

export const createMedia = (options: MediaOptions): Media => new MediaPlane(options);

/** All media of this process. Closing it closes its legs. */
class MediaPlane implements Media {
  readonly #options: MediaOptions;
  readonly #addresses: Addresses;
  readonly #pool: PortPool;
  readonly #lane: Lane;
  readonly #legs = new Set<PlaneLeg>();
  #certificate: Promise<OwnCertificate> | null = null;
  #cancelWatch: (() => void) | null = null;
  #closed = false;

  constructor(options: MediaOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#addresses = addressesOf(options.sip.host, options.publicIp ?? null, networkInterfaces());
    this.#pool = new PortPool({
      ...options.ports,
      clock,
      random: (limit) => Math.floor(this.#fraction() * limit),
    });
    this.#lane = new DgramLane({ clock, log, random: () => this.#fraction() });
  }

  async webLeg(events: MediaLegEvents): Promise<MediaLeg> {
    this.#certificate ??= makeCertificate();
    const certificate = await this.#certificate;
    const { bind, announce } = this.#addresses.web;
    const identity = this.#identity();
    let leg: WebLeg | null = null;
    const lane = await this.#open(bind, false, identity, {
      control: (packet, from) => leg?.control(packet, from),
      digit: (digit) => events.digit(digit),
    });
    leg = new WebLeg({
      ...this.#shared(lane, events, () => leg, [lane.port]),
      ...identity,
      certificate,
      announced: { host: announce, port: lane.port },
      random: (bytes) => this.#random(bytes),
    });
    return this.#add(leg);
  }

  async sipLeg(events: MediaLegEvents): Promise<MediaLeg> {
    const { bind, announce } = this.#addresses.sip;
    const identity = this.#identity();
    const lane = await this.#open(bind, true, identity, {
      control: () => undefined,
      digit: (digit) => events.digit(digit),
    });
    const leg: SipLeg = new SipLeg({
      ...this.#shared(lane, events, () => leg, [lane.port, lane.port + 1]),
      sessionId: identity.sessionId,
      announced: { host: announce, port: lane.port },
      switches: this.#options.switches ?? (() => []),
    });
    return this.#add(leg);
  }

  connect(one: MediaLeg, other: MediaLeg): void {
    const [first, second] = [this.#own(one), this.#own(other)];
    if (!first || !second) return;
    const now = this.#options.clock.now();
    first.lane.relay(second.lane);
    second.lane.relay(first.lane);
    first.joined(now);
    second.joined(now);
    this.#keepWatch();
  }

  counts(): MediaCounts {
    const timers = [...this.#legs].reduce((sum, leg) => sum + leg.timers, this.#lane.timers);
    return {
      legs: this.#legs.size,
      ports: this.#pool.taken,
      quarantined: this.#pool.quarantined,
      sockets: this.#lane.sockets,
      timers: timers + (this.#cancelWatch ? 1 : 0),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    await Promise.all([...this.#legs].map((leg) => leg.close()));
    await this.#lane.close();
  }

  /** A port of ours, bound. Those that somebody else uses are passed over, and not tried again for a while. */
  async #open(
    host: string,
    rtcp: boolean,
    { ssrc, cname }: { readonly ssrc: number; readonly cname: string },
    events: Parameters<Lane["open"]>[1],
  ): Promise<LanePort> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (this.#closed) throw new Failure("shutting-down", "The media is being closed.");
      const port = rtcp ? this.#pool.takePair() : this.#pool.takeOne();
      if (port === null) break;
      let lane: LanePort | null = null;
      try {
        lane = await this.#lane.open({ host, port, rtcp, secure: !rtcp, ssrc, cname }, events);
      } finally {
        if (!lane) this.#pool.release(port, ...(rtcp ? [port + 1] : []));
      }
      if (lane) return lane;
    }
    const { from, to } = this.#options.ports;
    throw new Failure("no-free-port", `No port from ${from} to ${to} is free at ${host}.`);
  }

  #shared(lane: LanePort, events: MediaLegEvents, self: () => PlaneLeg | null, ports: readonly number[]) {
    const { clock, mediaTimeoutSeconds } = this.#options;
    return {
      lane,
      events,
      clock,
      mediaTimeout: mediaTimeoutSeconds * 1000,
      released: (): void => {
        this.#pool.release(...ports);
        const leg = self();
        if (leg) this.#legs.delete(leg);
      },
    };
  }

  async #add(leg: PlaneLeg): Promise<PlaneLeg> {
    this.#legs.add(leg);
    if (!this.#closed) return leg;
    await leg.close();
    throw new Failure("shutting-down", "The media is being closed.");
  }

  #own(leg: MediaLeg): PlaneLeg | null {
    return [...this.#legs].find((one) => one === leg) ?? null;
  }

  #keepWatch(): void {
    if (this.#closed) return;
    this.#cancelWatch ??= this.#options.clock.after(watchMilliseconds, () => {
      this.#cancelWatch = null;
      const now = this.#options.clock.now();
      for (const leg of this.#legs) leg.watch(now);
      if (this.#legs.size > 0) this.#keepWatch();
    });
  }

  #identity(): { readonly ssrc: number; readonly cname: string; readonly sessionId: string } {
    return {
      ssrc: Math.floor(this.#fraction() * 0xffff_fffe) + 1,
      // RFC 7022: says nothing of the host.
      cname: this.#options.ids.secret(12),
      // RFC 8829 section 5.2.1: 62 random bits; what every peer can read is less.
      sessionId: `${Math.floor(this.#fraction() * 2 ** 52)}`,
    };
  }

  #random(bytes: number): Uint8Array {
    return Buffer.from(this.#options.ids.secret(bytes), "base64url");
  }

  #fraction(): number {
    return Buffer.from(this.#random(6)).readUIntBE(0, 6) / 2 ** 48;
  }
}

import type { RemoteInfo, Socket } from "node:dgram";
import type { Clock } from "../../../base/index.ts";
import { kindOf, parseRtcp, reportPacket, srtcpOverhead, takeReports } from "../../../protocol/rtp/index.ts";
import type { Codec, Endpoint } from "../../../protocol/sdp/index.ts";
import { Incoming, type Dropped } from "./incoming.ts";
import type {
  LanePort,
  LanePortEvents,
  LanePortOptions,
  LaneStreams,
  PortCounters,
  SourceRule,
  SrtpKeyPair,
} from "./lane.ts";
import { Outgoing } from "./outgoing.ts";
import { SourceFilter } from "./source-filter.ts";

/** RFC 3550 section 6.2: halved to one and a half times at random, and divided by e − 3/2. */
const reportMilliseconds = 5_000;
const compensation = Math.E - 1.5;

export interface DgramPortOptions extends LanePortOptions {
  readonly socket: Socket;
  /** Of RTCP, where it has one of its own. */
  readonly rtcpSocket: Socket | null;
  readonly clock: Clock;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly closed: () => void;
}

/** A port whose packets pass through this thread's sockets. */
export class DgramPort implements LanePort {
  readonly #options: DgramPortOptions;
  readonly #events: LanePortEvents;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #filter = new SourceFilter();
  /** Where the peer's description wants media. */
  #aimed: Endpoint | null = null;
  #rtcp: Endpoint | null = null;
  #takes: readonly Codec[] = [];
  #relaysTo: DgramPort | null = null;
  /** Those that relay to this one: they are told when what it takes changes. */
  readonly #sources = new Set<DgramPort>();
  #heardAt: number | null = null;
  #cancelReport: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: DgramPortOptions, events: LanePortEvents) {
    this.#options = options;
    this.#events = events;
    const { clock, ssrc, secure, socket, random } = options;
    this.#incoming = new Incoming(clock, (digit) => {
      if (!this.#closing) events.digit(digit);
    });
    this.#outgoing = new Outgoing({
      clock,
      ssrc,
      secure,
      // Below 2^15: see Continuity.
      sequence: Math.floor(random() * 0x8000),
      timestamp: Math.floor(random() * 0x1_0000_0000),
      send: (packet) => {
        if (this.#rtp) socket.send(packet, this.#rtp.port, this.#rtp.host);
      },
    });
    socket.on("message", (packet, from) => this.#receive(packet, from));
    options.rtcpSocket?.on("message", (packet, from) => this.#receive(packet, from));
  }

  get port(): number {
    return this.#options.port;
  }

  /**
   * Symmetric RTP: what comes from a NAT's port has to go back there, and no longer once the peer itself was heard, or
   * whoever sent one packet first would have the media for good.
   */
  get #rtp(): Endpoint | null {
    return this.#aimed && (this.#filter.learned ?? this.#aimed);
  }

  get timers(): number {
    return this.#incoming.timers + this.#outgoing.timers + (this.#cancelReport ? 1 : 0);
  }

  control(packet: Uint8Array, to: Endpoint): void {
    if (!this.#closing) this.#options.socket.send(packet, to.port, to.host);
  }

  secure(keys: SrtpKeyPair): void {
    this.#incoming.secure(keys.receive);
    this.#outgoing.secure(keys.send);
    this.#scheduleReport();
  }

  aim(rtp: Endpoint | null, rtcp: Endpoint | null): void {
    this.#aimed = rtp;
    this.#rtcp = rtcp;
    this.#outgoing.open = rtp !== null;
    if (rtcp) this.#scheduleReport();
  }

  accept(rule: SourceRule | null): void {
    this.#filter.set(rule, this.#options.clock.now());
  }

  describe({ receive, send }: LaneStreams): void {
    this.#incoming.describe(receive);
    this.#outgoing.describe(send);
    this.#takes = send;
    this.#connect();
    for (const source of this.#sources) source.#connect();
  }

  relay(to: LanePort | null): void {
    if (this.#relaysTo) this.#relaysTo.#sources.delete(this);
    this.#relaysTo = to instanceof DgramPort ? to : null;
    if (this.#relaysTo) this.#relaysTo.#sources.add(this);
    this.#connect();
  }

  sendDigits(digits: string): void {
    this.#outgoing.sendDigits(digits);
  }

  counters(): PortCounters {
    const { received, dropped } = this.#incoming;
    const { sent, late } = this.#outgoing;
    return {
      remote: this.#rtp,
      received: figuresOf(received),
      sent: figuresOf(sent),
      peer: { roundTrip: sent.roundTrip, fractionLost: sent.fractionLost },
      dropped: { ...Object.fromEntries(dropped), ...(late > 0 ? { late } : {}) },
      heardAt: this.#heardAt,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #connect(): void {
    const to = this.#relaysTo;
    this.#incoming.relay(to && { outgoing: to.#outgoing, takes: to.#takes });
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    if (this.#closing) return;
    const kind = kindOf(packet);
    if (kind === "rtp") this.#media(packet, from);
    else if (kind === "rtcp") this.#reports(packet, from);
    else if (this.#options.secure && (kind === "stun" || kind === "dtls")) {
      this.#events.control(packet, { host: from.address, port: from.port });
    } else this.#incoming.drop("malformed");
  }

  #media(packet: Buffer, { address, port }: RemoteInfo): void {
    const now = this.#options.clock.now();
    if (this.#options.secure) {
      if (this.#incoming.protectedPacket(packet, now)) this.#heardAt = now;
    } else if (this.#filter.takes(address, port, now)) {
      if (this.#incoming.packet(packet, packet.length, now)) this.#heardAt = now;
    } else this.#incoming.drop("address");
  }

  #reports(packet: Buffer, { address }: RemoteInfo): void {
    const now = this.#options.clock.now();
    let length: number | Dropped = packet.length;
    if (this.#options.secure) {
      length = this.#incoming.srtp?.unprotectRtcp(packet, packet.length) ?? "unexpected";
    } else if (!this.#filter.takesReportsFrom(address)) length = "address";
    const reports = typeof length === "number" ? parseRtcp(packet, length) : null;
    if (reports) {
      this.#heardAt = now;
      takeReports(reports, { sent: this.#outgoing.sent, received: this.#incoming.received }, now);
    } else this.#incoming.drop(typeof length === "string" ? length : "malformed");
  }

  #scheduleReport(): void {
    const { clock, random } = this.#options;
    if (this.#closing) return;
    const delay = (reportMilliseconds * (0.5 + random())) / compensation;
    this.#cancelReport ??= clock.after(delay, () => {
      this.#cancelReport = null;
      this.#report(false);
      this.#scheduleReport();
    });
  }

  #report(bye: boolean): void {
    const to = this.#rtcp;
    if (!to) return;
    const { clock, cname, secure, socket, rtcpSocket } = this.#options;
    const { sent } = this.#outgoing;
    const { received } = this.#incoming;
    const compound = reportPacket({ cname, sent, received, now: clock.now(), bye });
    const carrier = rtcpSocket && to.port !== this.#rtp?.port ? rtcpSocket : socket;
    if (!secure) {
      carrier.send(compound, to.port, to.host);
      return;
    }
    const room = Buffer.alloc(compound.length + srtcpOverhead);
    room.set(compound);
    const length = this.#outgoing.srtp?.protectRtcp(room, compound.length);
    if (typeof length === "number") carrier.send(room.subarray(0, length), to.port, to.host);
  }

  async #close(): Promise<void> {
    if (this.#outgoing.sent.packets > 0) this.#report(true);
    this.#cancelReport?.();
    this.#cancelReport = null;
    this.relay(null);
    for (const source of this.#sources) source.relay(null);
    this.#incoming.close();
    this.#outgoing.close();
    const { socket, rtcpSocket, closed } = this.#options;
    await Promise.all([socket, ...(rtcpSocket ? [rtcpSocket] : [])].map((one) => closeSocket(one)));
    closed();
  }
}

const figuresOf = ({
  packets,
  bytes,
  lost,
  jitter,
  lastAt,
}: PortCounters["received"]): PortCounters["received"] => ({ packets, bytes, lost, jitter, lastAt });

export function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.removeAllListeners("message");
    socket.close(() => resolve());
  });
}

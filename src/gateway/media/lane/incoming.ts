import type { Clock } from "../../../base/index.ts";
import {
  DigitReader,
  ReceivedStream,
  RtpHeader,
  SrtpReceiver,
  type SrtpKeys,
} from "../../../protocol/rtp/index.ts";
import { isTelephoneEvent, payloadMap, unmapped, type Codec } from "../../../protocol/sdp/index.ts";
import { eventRates } from "./event-rates.ts";
import type { Outgoing } from "./outgoing.ts";

export type Dropped =
  | "malformed"
  | "authentication"
  | "replay"
  | "sources"
  | "address"
  | "unmapped"
  | "unexpected";

const anyClockRate = 8000;

/** One header serves them all: packets are handled one after the other. */
const header = new RtpHeader();

/** The streams that come from one peer: opened, counted, read for digits, handed on. */
export class Incoming {
  readonly received = new ReceivedStream(anyClockRate);
  readonly dropped = new Map<Dropped, number>();
  readonly #clock: Clock;
  readonly #digit: (digit: string) => void;
  #srtp: SrtpReceiver | null = null;
  #eventRates = eventRates([]);
  #readers = new Map<number, DigitReader>();
  #cancelExpiry: (() => void) | null = null;
  #codecs: readonly Codec[] = [];
  #to: { readonly outgoing: Outgoing; readonly map: Uint8Array } | null = null;

  constructor(clock: Clock, digit: (digit: string) => void) {
    this.#clock = clock;
    this.#digit = digit;
  }

  get timers(): number {
    return this.#cancelExpiry ? 1 : 0;
  }

  get srtp(): SrtpReceiver | null {
    return this.#srtp;
  }

  secure(keys: SrtpKeys): void {
    this.#srtp = new SrtpReceiver(keys);
  }

  describe(codecs: readonly Codec[]): void {
    this.#codecs = codecs;
    this.#eventRates = eventRates(codecs);
    const audio = codecs.find((codec) => !isTelephoneEvent(codec));
    if (audio) this.received.clockRate = audio.clockRate;
  }

  relay(to: { readonly outgoing: Outgoing; readonly takes: readonly Codec[] } | null): void {
    this.#to = to && { outgoing: to.outgoing, map: payloadMap(this.#codecs, to.takes) };
  }

  drop(why: Dropped): void {
    this.dropped.set(why, (this.dropped.get(why) ?? 0) + 1);
  }

  /** A protected packet; true: it was the peer's. */
  protectedPacket(packet: Buffer, now: number): boolean {
    if (!this.#srtp) {
      this.drop("unexpected");
      return false;
    }
    const length = this.#srtp.unprotect(packet, packet.length);
    if (typeof length === "number") return this.packet(packet, length, now);
    this.drop(length);
    return false;
  }

  packet(packet: Buffer, length: number, now: number): boolean {
    if (!header.read(packet, length)) {
      this.drop("malformed");
      return false;
    }
    const { payloadType } = header;
    const eventRate = this.#eventRates[payloadType] ?? 0;
    const bytes = header.payloadEnd - header.payloadStart;
    this.received.packet(header.ssrc, header.sequence, header.timestamp, bytes, now, eventRate === 0);
    if (eventRate !== 0) this.#event(packet, eventRate, now);
    const to = this.#to;
    if (!to) return true;
    const mapped = to.map[payloadType] ?? unmapped;
    if (mapped === unmapped) this.drop("unmapped");
    else to.outgoing.relay(packet, length, header, mapped, eventRate, now);
    return true;
  }

  close(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = null;
    this.#to = null;
  }

  #event(packet: Buffer, eventRate: number, now: number): void {
    let reader = this.#readers.get(eventRate);
    if (!reader) {
      reader = new DigitReader(eventRate, ({ digit }) => this.#digit(digit));
      this.#readers.set(eventRate, reader);
    }
    reader.packet(header, packet, now);
    this.#cancelExpiry ??= this.#clock.after(100, () => this.#expire());
  }

  /** A digit whose end was lost is told all the same. */
  #expire(): void {
    this.#cancelExpiry = null;
    const now = this.#clock.now();
    let dueAt = Number.POSITIVE_INFINITY;
    for (const reader of this.#readers.values()) {
      reader.expire(now);
      dueAt = Math.min(dueAt, reader.dueAt ?? Number.POSITIVE_INFINITY);
    }
    if (dueAt !== Number.POSITIVE_INFINITY) {
      this.#cancelExpiry = this.#clock.after(Math.max(1, dueAt - now), () => this.#expire());
    }
  }
}

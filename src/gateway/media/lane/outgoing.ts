import { Failure, type Clock } from "../../../base/index.ts";
import {
  Continuity,
  DigitSender,
  rescaleTelephoneEvent,
  rewriteRtp,
  SentStream,
  setMarker,
  SrtpSender,
  srtpOverhead,
  writeRtpHeader,
  type RtpHeader,
  type SrtpKeys,
} from "../../../protocol/rtp/index.ts";
import { isTelephoneEvent, type Codec } from "../../../protocol/sdp/index.ts";
import { eventRates } from "./event-rates.ts";

export interface OutgoingOptions {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly clock: Clock;
  /** Nothing goes out before there are keys. */
  readonly secure: boolean;
  /** Sends to where the peer is. */
  readonly send: (packet: Buffer) => void;
}

/** Until a description says otherwise. */
const anyClockRate = 8000;

/** The one stream that a peer gets from us: relayed packets, and digits of our own in between. */
export class Outgoing {
  readonly sent: SentStream;
  /** Packets that were not sent, for want of keys or for coming too late. */
  late = 0;
  #options: OutgoingOptions;
  #continuity: Continuity;
  #srtp: SrtpSender | null = null;
  #overhead = srtpOverhead;
  #eventRates = eventRates([]);
  #eventCodec: Codec | null = null;
  #digits: DigitSender | null = null;
  #cancelDigits: (() => void) | null = null;
  #open = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.sent = new SentStream(options.ssrc, anyClockRate);
    this.#continuity = new Continuity({ ...options, clockRate: anyClockRate });
  }

  get timers(): number {
    return this.#cancelDigits ? 1 : 0;
  }

  get srtp(): SrtpSender | null {
    return this.#srtp;
  }

  secure(keys: SrtpKeys): void {
    this.#srtp = new SrtpSender(keys);
  }

  /** False: the peer takes nothing now; what is to be relayed is dropped. */
  set open(open: boolean) {
    this.#open = open;
  }

  describe(codecs: readonly Codec[]): void {
    const now = this.#options.clock.now();
    const audio = codecs.find((codec) => !isTelephoneEvent(codec));
    if (audio) {
      this.#continuity.changeClock(audio.clockRate, now);
      this.sent.clockRate = audio.clockRate;
    }
    const events = codecs.filter(isTelephoneEvent);
    this.#eventRates = eventRates(codecs);
    const codec = events.find(({ clockRate }) => clockRate === audio?.clockRate) ?? events[0] ?? null;
    if (codec?.clockRate !== this.#eventCodec?.clockRate) this.#stopDigits();
    this.#eventCodec = codec;
  }

  /** `packet` may be changed, and is given away. `eventRate`: of the source's telephone-events; 0: this is none. */
  relay(
    packet: Buffer,
    length: number,
    header: RtpHeader,
    payloadType: number,
    eventRate: number,
    now: number,
  ): void {
    if (!this.#open) return;
    const continuity = this.#continuity;
    if (this.#digits?.dueAt != null) {
      // Ours are being heard: audio in between would be heard as part of them.
      continuity.omit(header.ssrc, header.sequence);
      return;
    }
    const rate = eventRate === 0 ? undefined : eventRate;
    if (!continuity.map(header.ssrc, header.sequence, header.timestamp, now, rate)) {
      this.late += 1;
      return;
    }
    const ourRate = this.#eventRates[payloadType] ?? 0;
    if (eventRate !== ourRate) rescaleTelephoneEvent(packet, header.payloadStart, eventRate, ourRate);
    rewriteRtp(packet, payloadType, continuity.sequence, continuity.timestamp, continuity.ssrc);
    if (continuity.restarted && eventRate === 0) setMarker(packet, true);
    this.#send(packet, length, header.payloadEnd - header.payloadStart, now);
  }

  sendDigits(text: string): void {
    const codec = this.#eventCodec;
    if (!codec) throw new Failure("media-refused", "The peer takes no telephone-events.");
    this.#digits ??= new DigitSender(codec.clockRate);
    try {
      this.#digits.send(text, this.#options.clock.now());
    } catch (error) {
      throw new Failure("invalid-request", "Digits are 0-9, *, # and A-D.", {}, { cause: error });
    }
    this.#pump();
  }

  close(): void {
    this.#stopDigits();
    this.#open = false;
  }

  #stopDigits(): void {
    this.#cancelDigits?.();
    this.#cancelDigits = null;
    this.#digits = null;
  }

  /** Sends what is due of the digits, and comes back for the rest. */
  #pump(): void {
    this.#cancelDigits?.();
    this.#cancelDigits = null;
    const now = this.#options.clock.now();
    const continuity = this.#continuity;
    for (;;) {
      const packet = this.#digits?.next(now, continuity.positionAt(now));
      if (!packet || !this.#eventCodec) break;
      continuity.inject(now);
      const bytes = Buffer.allocUnsafe(16 + this.#overhead);
      const { payloadType } = this.#eventCodec;
      const { sequence, ssrc } = continuity;
      const { marker, timestamp } = packet;
      writeRtpHeader(bytes, { payloadType, marker, sequence, timestamp, ssrc });
      bytes.set(packet.payload, 12);
      if (this.#open) this.#send(bytes, 16, 4, now);
    }
    const dueAt = this.#digits?.dueAt ?? null;
    if (dueAt !== null) {
      this.#cancelDigits = this.#options.clock.after(Math.max(1, dueAt - now), () => this.#pump());
    }
  }

  #send(packet: Buffer, length: number, payloadBytes: number, now: number): void {
    const { secure, send } = this.#options;
    if (!secure) send(length === packet.length ? packet : packet.subarray(0, length));
    else {
      const sealed = this.#seal(packet, length);
      if (!sealed) return;
      send(sealed);
    }
    this.sent.packet(this.#continuity.timestamp, payloadBytes, now);
  }

  #seal(packet: Buffer, length: number): Buffer | null {
    if (!this.#srtp) return null;
    // A socket holds what it was given until the system took it: the buffer cannot be one that is used again.
    const room = Buffer.allocUnsafe(length + this.#overhead);
    packet.copy(room, 0, 0, length);
    const sealed = this.#srtp.protect(room, length);
    if (typeof sealed !== "number") {
      this.late += 1;
      return null;
    }
    this.#overhead = sealed - length;
    return sealed === room.length ? room : room.subarray(0, sealed);
  }
}

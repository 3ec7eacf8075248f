import { ahead32 } from "./bytes.ts";
import type { RtpHeader } from "./packet.ts";
import { digitOf, readTelephoneEvent } from "./telephone-event.ts";

export interface Digit {
  /** One of 0-9 * # A-D. */
  readonly digit: string;
  readonly milliseconds: number;
}

/** Updates come every 20 to 50 ms: after that long, every one of the event's ends was lost. */
const silenceMilliseconds = 500;
const restartSeconds = 10;

interface Open {
  readonly event: number;
  /** Of the segment that is under way. */
  readonly timestamp: number;
  /** Of the segments before it. */
  readonly before: number;
  duration: number;
  ended: boolean;
  at: number;
}

/**
 * Reports each digit of a stream of telephone-events once, at its end (RFC 4733 section 2.5): whether its ends are
 * repeated or lost, whether it is so long that it comes in segments (section 2.5.1.3) or that its duration wraps,
 * whether the next one overlaps it.
 */
export class DigitReader {
  readonly #clockRate: number;
  readonly #report: (digit: Digit) => void;
  /** The latest event; kept when ended, to know its repeated ends. */
  #open: Open | null = null;
  #ssrc = -1;

  /** `clockRate`: of the telephone-event payload type. */
  constructor(clockRate: number, report: (digit: Digit) => void) {
    this.#clockRate = clockRate;
    this.#report = report;
  }

  /** A packet of the telephone-event payload type, arrived at `now` (milliseconds). */
  packet(header: RtpHeader, packet: Uint8Array, now: number): void {
    const event = readTelephoneEvent(packet, header.payloadStart, header.payloadEnd);
    if (!event || digitOf(event.event) === null) return;
    if (header.ssrc !== this.#ssrc) {
      this.#end();
      this.#open = null;
      this.#ssrc = header.ssrc;
    }
    const open = this.#open;
    const step = open ? ahead32(header.timestamp, open.timestamp) : 0;
    if (!open) this.#begin(event.event, header.timestamp, 0);
    else if (step !== 0) {
      // A packet of an earlier event that comes late says nothing new; much earlier ones are of another line.
      if (step < 0 && step > -restartSeconds * this.#clockRate) return;
      const next = open.event === event.event && !open.ended && !header.marker && isNextSegment(step);
      if (!next) this.#end();
      this.#begin(event.event, header.timestamp, next ? open.before + step : 0);
    }
    const current = this.#open;
    if (!current || current.ended || current.event !== event.event) return;
    current.at = now;
    current.duration = longer(current.duration, event.duration);
    if (event.end) this.#end();
  }

  /** When an event whose ends were lost is to be taken for ended; null: none is open. */
  get dueAt(): number | null {
    return this.#open && !this.#open.ended ? this.#open.at + silenceMilliseconds : null;
  }

  /** Ends the event that is due. */
  expire(now: number): void {
    const { dueAt } = this;
    if (dueAt !== null && now >= dueAt) this.#end();
  }

  #begin(event: number, timestamp: number, before: number): void {
    this.#open = { event, timestamp, before, duration: 0, ended: false, at: 0 };
  }

  #end(): void {
    const open = this.#open;
    if (!open || open.ended) return;
    open.ended = true;
    const digit = digitOf(open.event);
    if (digit === null) return;
    this.#report({ digit, milliseconds: ((open.before + open.duration) / this.#clockRate) * 1000 });
  }
}

/** Each segment but the last is as long as a duration can say; some senders round that to their packet's length. */
const isNextSegment = (step: number): boolean => step >= 0xf000 && step <= 0x1_0100;

/** The longer one, where 16 bits that fell far have wrapped. */
function longer(known: number, said: number): number {
  const wraps = Math.floor(known / 0x1_0000);
  const low = known % 0x1_0000;
  if (low - said > 0x8000) return (wraps + 1) * 0x1_0000 + said;
  return said - low > 0x8000 && wraps > 0 ? known : Math.max(known, wraps * 0x1_0000 + said);
}

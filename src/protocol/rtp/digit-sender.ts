import { eventOf, writeTelephoneEvent } from "./telephone-event.ts";

const toneMilliseconds = 100;
const packetMilliseconds = 20;
const gapMilliseconds = 50;
/** RFC 4733 section 2.5.1.4. */
const endPackets = 3;
const volume = 10;

export interface DigitPacket {
  /** The event's first packet. */
  readonly marker: boolean;
  /** Of the event's beginning. */
  readonly timestamp: number;
  /** 4 bytes. */
  readonly payload: Uint8Array;
}

/**
 * Yields the packets of digits as telephone-events (RFC 4733), on a clock that its user keeps: an update every 20 ms,
 * the end three times, 50 ms between two digits.
 */
export class DigitSender {
  readonly #clockRate: number;
  #queue: number[] = [];
  /** Packets of the first in the queue that were yielded. */
  #sent = 0;
  #timestamp = 0;
  /** When the first in the queue begins. */
  #beginsAt = 0;

  /** `clockRate`: of the telephone-event payload type. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Adds to what is being sent. Throws a RangeError for what is no digit, and then sends none of them. */
  send(digits: string, now: number): void {
    const events = Array.from(digits, (digit) => {
      const event = eventOf(digit);
      if (event === null) throw new RangeError("a digit is one of 0-9 * # A-D");
      return event;
    });
    if (this.#queue.length === 0) this.#beginsAt = Math.max(this.#beginsAt, now);
    this.#queue.push(...events);
  }

  /** When `next` has a packet; null: idle. */
  get dueAt(): number | null {
    return this.#queue.length === 0 ? null : this.#beginsAt + this.#sent * packetMilliseconds;
  }

  /**
   * The packet that is due at `now`; ask until null. `timestamp`: the position of the media, taken when a digit
   * begins.
   */
  next(now: number, timestamp: number): DigitPacket | null {
    const { dueAt } = this;
    const [event] = this.#queue;
    if (event === undefined || dueAt === null || now < dueAt) return null;
    const marker = this.#sent === 0;
    if (marker) {
      this.#timestamp = timestamp;
      // A user who comes late sends the whole digit late: packets in a heap would make it too short.
      this.#beginsAt = now;
    }
    this.#sent += 1;
    const updates = toneMilliseconds / packetMilliseconds;
    const payload = new Uint8Array(4);
    const duration = (Math.min(this.#sent, updates) * packetMilliseconds * this.#clockRate) / 1000;
    writeTelephoneEvent(payload, 0, { event, end: this.#sent >= updates, volume, duration });
    if (this.#sent === updates + endPackets - 1) {
      this.#queue.shift();
      this.#sent = 0;
      this.#beginsAt += toneMilliseconds + gapMilliseconds;
    }
    return { marker, timestamp: this.#timestamp, payload };
  }
}

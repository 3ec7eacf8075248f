/** The part of a WebSocket that sending needs (`ws`). */
export interface Wire {
  /** Bytes handed over and not yet sent. */
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(text: string, sent: (error?: Error) => void): void;
}

export interface OutboxLimits {
  /** Bytes given to the socket at a time; what is beyond waits here. */
  readonly socketBytes: number;
  /** Frames that may wait here besides the replay. */
  readonly waiting: number;
}

export const defaultOutboxLimits: OutboxLimits = { socketBytes: 256 * 1024, waiting: 10_000 };

const OPEN = 1;

/** Frames on their way to one client. What the client does not read in time waits, up to a limit. */
export class Outbox {
  readonly #wire: Wire;
  readonly #limits: OutboxLimits;
  readonly #overflow: () => void;
  /** Waiting frames, made only when their turn comes; the first one at `#next`. */
  #waiting: (() => string)[] = [];
  #next = 0;
  #room: number;

  /** `overflow` is called once, when more than the limit is waiting; nothing is sent after it. */
  constructor(wire: Wire, limits: OutboxLimits, overflow: () => void) {
    this.#wire = wire;
    this.#limits = limits;
    this.#overflow = overflow;
    this.#room = limits.waiting;
  }

  /** Frames that the client asked to be replayed: they wait without counting against the limit. */
  replay(frames: readonly (() => string)[]): void {
    this.#room += frames.length;
    for (const frame of frames) this.#waiting.push(frame);
    this.#pump();
  }

  push(frame: () => string): void {
    if (this.#room < 0) return;
    this.#waiting.push(frame);
    this.#pump();
    if (this.#waiting.length - this.#next <= this.#room) return;
    this.#room = -1;
    this.#waiting = [];
    this.#next = 0;
    this.#overflow();
  }

  #pump(): void {
    while (this.#wire.readyState === OPEN && this.#wire.bufferedAmount < this.#limits.socketBytes) {
      const frame = this.#waiting[this.#next];
      if (frame === undefined) break;
      this.#next += 1;
      this.#wire.send(frame(), (error) => {
        if (!error) this.#pump();
      });
    }
    // What was sent is let go at once when nothing waits, else now and then: a shift a frame would be quadratic.
    if (this.#next === this.#waiting.length || this.#next > 1000) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }
}

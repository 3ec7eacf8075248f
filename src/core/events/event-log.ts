import { Emitter, Failure, type DomainEvent } from "../../base/index.ts";
import type { LoggedEvent } from "./model.ts";
import type { TypeMatcher } from "./type-matcher.ts";

interface EventLogOptions {
  /** Names this start of this node: letters, digits, `.` and `_`, so that an id is read back unambiguously. */
  readonly epoch: string;
  /** How many events are held for replay. */
  readonly capacity: number;
  /** Told what a subscriber threw. */
  readonly onError?: (error: unknown) => void;
}

export interface Replay {
  readonly events: LoggedEvent[];
  /** Events after `since` were made that are no longer held, or nobody can tell. */
  readonly gap: boolean;
}

const eventId = /^([A-Za-z0-9._]{1,64})-([0-9]{1,15})$/;

/** Numbers what happened, tells whoever listens, and remembers the last `capacity` events for those who come back. */
export class EventLog {
  readonly #epoch: string;
  readonly #capacity: number;
  /** The last `capacity` events that are held, a ring, each with its sequence. */
  readonly #ring: { readonly sequence: number; readonly event: LoggedEvent }[] = [];
  #held = 0;
  /** The youngest event that was held and is no more. */
  #dropped = 0;
  /** Sequence of the last event of each type that was never held. */
  readonly #passed = new Map<string, number>();
  readonly #emitter: Emitter<{ event: LoggedEvent }>;
  #sequence = 0;

  constructor({ epoch, capacity, onError }: EventLogOptions) {
    if (!eventId.test(`${epoch}-0`)) throw new RangeError(`not an epoch: ${epoch}`);
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError(`not a capacity: ${capacity}`);
    this.#epoch = epoch;
    this.#capacity = capacity;
    this.#emitter = new Emitter((error) => onError?.(error));
  }

  #idOf(sequence: number): string {
    return `${this.#epoch}-${sequence}`;
  }

  publish(event: DomainEvent): LoggedEvent {
    const logged = this.#number(event);
    const slot = this.#held % this.#capacity;
    this.#dropped = this.#ring[slot]?.sequence ?? this.#dropped;
    this.#ring[slot] = { sequence: this.#sequence, event: logged };
    this.#held += 1;
    this.#emitter.emit("event", logged);
    return logged;
  }

  /** Tells whoever listens, and forgets: for what would push everything else out of memory. */
  pass(event: DomainEvent): LoggedEvent {
    const logged = this.#number(event);
    this.#passed.set(event.type, this.#sequence);
    this.#emitter.emit("event", logged);
    return logged;
  }

  #number(event: DomainEvent): LoggedEvent {
    this.#sequence += 1;
    return { id: this.#idOf(this.#sequence), ...event };
  }

  /** Calls `listener` with every event from now on, in order; the answer ends it. */
  subscribe(listener: (event: LoggedEvent) => void): () => void {
    return this.#emitter.on("event", listener);
  }

  /**
   * What was published after the event `id` and is still held, oldest first; nothing for null. An id of another
   * epoch, or one that was never given out, yields everything held and `gap`. Throws `invalid-request` for a
   * text that cannot be an id.
   */
  since(id: string | null, match: TypeMatcher): Replay {
    if (id === null) return { events: [], gap: false };
    const parts = eventId.exec(id);
    if (!parts) {
      throw new Failure(
        "invalid-request",
        "since is not an event id; give the id of the last event you received",
      );
    }
    const known = parts[1] === this.#epoch && Number(parts[2]) <= this.#sequence;
    const seen = known ? Number(parts[2]) : 0;
    const passed = [...this.#passed].some(([type, last]) => last > seen && match(type));
    return { events: [...this.#after(seen, match)], gap: !known || seen < this.#dropped || passed };
  }

  *#after(seen: number, match: TypeMatcher): Generator<LoggedEvent> {
    for (let at = Math.max(0, this.#held - this.#capacity); at < this.#held; at += 1) {
      const entry = this.#ring[at % this.#capacity];
      if (entry && entry.sequence > seen && match(entry.event.type)) yield entry.event;
    }
  }
}

import type { Clock } from "../../base/index.ts";
import type { Milestone, Trace, TraceEnding, TraceFacts, TraceNote, TraceStart } from "./model.ts";

export interface TracesOptions {
  readonly clock: Pick<Clock, "now">;
  /** How many ended ones are kept; 10,000 if not given, as many as calls. */
  readonly retainEnded?: number;
}

/** Held by whoever drives the leg. */
export interface OpenTrace {
  /** Known only later where the call is to a web user. */
  invitedAs(invitation: string): void;
  /** Each milestone counts once for each `detail`; told again it changes nothing. */
  note(milestone: Milestone, detail?: string): void;
  /** Takes the facts a last time and asks for no more: call it before the media is closed. Idempotent. */
  end(ending: TraceEnding): void;
}

/** A leg that flaps says nothing new. */
const mostNotes = 64;

class Live implements OpenTrace {
  readonly #clock: Pick<Clock, "now">;
  readonly #facts: () => TraceFacts;
  readonly #ended: (last: Trace) => void;
  readonly #startedAt: number;
  readonly #notes: TraceNote[] = [];
  #start: TraceStart;
  #open = true;

  constructor(
    start: TraceStart,
    facts: () => TraceFacts,
    o: { clock: Pick<Clock, "now">; ended: (last: Trace) => void },
  ) {
    this.#start = start;
    this.#facts = facts;
    this.#clock = o.clock;
    this.#ended = o.ended;
    this.#startedAt = o.clock.now();
  }

  invitedAs(invitation: string): void {
    this.#start = { ...this.#start, invitation };
  }

  note(milestone: Milestone, detail: string | null = null): void {
    if (!this.#open || this.#notes.length >= mostNotes) return;
    const told = this.#notes.some((one) => one.milestone === milestone && one.detail === detail);
    if (!told) this.#notes.push({ time: this.#clock.now(), milestone, detail });
  }

  end(ending: TraceEnding): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ended({ ...this.now(), endedAt: this.#clock.now(), ending });
  }

  now(): Trace {
    const { sip, web, far } = this.#facts();
    return {
      ...this.#start,
      sip,
      web,
      far,
      startedAt: this.#startedAt,
      endedAt: null,
      ending: null,
      notes: [...this.#notes],
    };
  }
}

/** What the media and the SIP of our legs did, by reference: of the live ones whatever is so now, of the ended ones the last of it. */
export class Traces {
  readonly #clock: Pick<Clock, "now">;
  readonly #retainEnded: number;
  readonly #live = new Map<string, Live>();
  /** In the order in which they ended. */
  readonly #ended = new Map<string, Trace>();

  constructor({ clock, retainEnded = 10_000 }: TracesOptions) {
    this.#clock = clock;
    this.#retainEnded = retainEnded;
  }

  /** `facts` is asked whenever somebody looks, until `end`; it must not throw. */
  open(start: TraceStart, facts: () => TraceFacts): OpenTrace {
    const { reference } = start;
    const live = new Live(start, facts, {
      clock: this.#clock,
      ended: (last) => {
        if (this.#live.get(reference) === live) this.#live.delete(reference);
        this.#keep(last);
      },
    });
    this.#live.set(reference, live);
    return live;
  }

  get(reference: string): Trace | undefined {
    return this.#live.get(reference)?.now() ?? this.#ended.get(reference);
  }

  counts(): { readonly live: number; readonly ended: number } {
    return { live: this.#live.size, ended: this.#ended.size };
  }

  #keep(last: Trace): void {
    this.#ended.set(last.reference, last);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= this.#retainEnded) break;
      this.#ended.delete(oldest);
    }
  }
}

import type { LookupOutcome } from "./answer.ts";
import type { LookupKind } from "./request.ts";

/** One look-up that was answered. */
export interface Lookup {
  readonly kind: LookupKind;
  readonly outcome: LookupOutcome;
  /** From the request's arrival to its answer. */
  readonly milliseconds: number;
}

export interface LookupCount extends Lookup {
  readonly count: number;
  /** Of all of them together. */
  readonly milliseconds: number;
}

/** Counts look-ups by kind and outcome, both of small fixed sets. */
export class Lookups {
  readonly #counts = new Map<string, LookupCount>();

  add({ kind, outcome, milliseconds }: Lookup): void {
    const key = `${kind} ${outcome}`;
    const before = this.#counts.get(key) ?? { kind, outcome, count: 0, milliseconds: 0 };
    this.#counts.set(key, {
      kind,
      outcome,
      count: before.count + 1,
      milliseconds: before.milliseconds + milliseconds,
    });
  }

  stats(): LookupCount[] {
    return [...this.#counts.values()];
  }
}

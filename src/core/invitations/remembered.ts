import type { Clock } from "../../base/index.ts";

/** Ids of invitations that are over, for a time, so that a late frame is told so. Bounded; needs no timer. */
export class Remembered {
  /** Key → when it is forgotten; in the order of both. */
  readonly #until = new Map<string, number>();
  readonly #clock: Pick<Clock, "now">;
  readonly #keepFor: number;
  readonly #capacity: number;

  constructor(o: {
    readonly clock: Pick<Clock, "now">;
    readonly keepFor: number;
    readonly capacity: number;
  }) {
    this.#clock = o.clock;
    this.#keepFor = o.keepFor;
    this.#capacity = o.capacity;
  }

  add(key: string): void {
    this.#until.delete(key);
    this.#until.set(key, this.#clock.now() + this.#keepFor);
    this.#sweep();
  }

  has(key: string): boolean {
    this.#sweep();
    return this.#until.has(key);
  }

  get size(): number {
    this.#sweep();
    return this.#until.size;
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [key, until] of this.#until) {
      if (until > now && this.#until.size <= this.#capacity) break;
      this.#until.delete(key);
    }
  }
}

import type { Clock } from "../../../base/index.ts";

/** A clock that knows how many of its timers are set, so that a leak shows. */
export class CountingClock implements Pick<Clock, "now" | "after"> {
  readonly #clock: Pick<Clock, "now" | "after">;
  #pending = 0;

  constructor(clock: Pick<Clock, "now" | "after">) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#clock.now();
  }

  after(milliseconds: number, run: () => void): () => void {
    let set = true;
    this.#pending += 1;
    const spent = (): boolean => {
      if (!set) return false;
      set = false;
      this.#pending -= 1;
      return true;
    };
    const cancel = this.#clock.after(milliseconds, () => {
      if (spent()) run();
    });
    return () => {
      if (spent()) cancel();
    };
  }
}

/** Timers by name: one of a name at a time. */
export class Timers {
  readonly #clock: Pick<Clock, "after">;
  readonly #running = new Map<string, () => void>();

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  start(name: string, milliseconds: number, run: () => void): void {
    this.stop(name);
    const cancel = this.#clock.after(milliseconds, () => {
      this.#running.delete(name);
      run();
    });
    this.#running.set(name, cancel);
  }

  stop(name: string): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  clear(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}

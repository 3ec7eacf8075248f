import type { Clock } from "../../base/index.ts";

export interface FrameLimits {
  /** Frames that may come at once. */
  readonly burst: number;
  /** Frames that may come every second, on and on. */
  readonly perSecond: number;
  /** Frames beyond it, one after the other, after which the client is sent away. */
  readonly patience: number;
}

/** The candidates of a call or two come at once; nobody presses forty keys a second. */
export const defaultFrameLimits: FrameLimits = { burst: 200, perSecond: 40, patience: 200 };

/** How many frames a client may still send: a bucket that fills again with time. */
export class Budget {
  readonly #limits: FrameLimits;
  readonly #clock: Pick<Clock, "now">;
  #left: number;
  #filledAt: number;
  #refused = 0;

  constructor(limits: FrameLimits, clock: Pick<Clock, "now">) {
    this.#limits = limits;
    this.#clock = clock;
    this.#left = limits.burst;
    this.#filledAt = clock.now();
  }

  /** What to do with one more frame. */
  take(): "take" | "refuse" | "send away" {
    const now = this.#clock.now();
    const { burst, perSecond, patience } = this.#limits;
    // A clock that was set back gives nothing and takes nothing.
    const earned = (Math.max(0, now - this.#filledAt) / 1000) * perSecond;
    this.#left = Math.min(burst, this.#left + earned);
    this.#filledAt = now;
    if (this.#left >= 1) {
      this.#left -= 1;
      this.#refused = 0;
      return "take";
    }
    this.#refused += 1;
    return this.#refused > patience ? "send away" : "refuse";
  }
}

import { setTimeout as sleep } from "node:timers/promises";

/** Time as an argument, so that a test decides how fast it passes. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `milliseconds`; the answer cancels it. A pending timer does not keep the process alive. */
  after(milliseconds: number, run: () => void): () => void;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What the system's timers take; a longer one they would let run out at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      const now = Math.min(left, longestTimer);
      timer = setTimeout(() => (left > now ? wait(left - now) : run()), now);
      timer.unref();
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
};

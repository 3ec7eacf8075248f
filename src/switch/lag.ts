/** How long the smallest delay seen is believed to be the clocks' difference. */
const window = 10 * 60_000;

/**
 * How late events come. The switch's clock may differ from ours by a constant, which is taken to be the smallest
 * delay of the last two windows; what exceeds it is lag.
 */
export class LagMeter {
  #previous = Number.POSITIVE_INFINITY;
  #current = Number.POSITIVE_INFINITY;
  #windowEnds = Number.NEGATIVE_INFINITY;

  /** Both in milliseconds since the epoch; the answer in milliseconds. */
  observe(eventTime: number, now: number): number {
    const delay = now - eventTime;
    if (now >= this.#windowEnds) {
      this.#previous = this.#current;
      this.#current = delay;
      this.#windowEnds = now + window;
    }
    this.#current = Math.min(this.#current, delay);
    return delay - Math.min(this.#previous, this.#current);
  }
}

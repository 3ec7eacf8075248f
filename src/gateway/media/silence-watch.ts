/**
 * Whether a peer that is being relayed has been silent for too long. Suspended while nothing is to be expected: after a
 * hold the whole time is granted anew.
 */
export class SilenceWatch {
  readonly #timeout: number;
  /** Null: nothing is expected. */
  #since: number | null = null;
  #suspended = false;

  /** Milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  begin(now: number): void {
    this.#since ??= now;
  }

  suspend(suspended: boolean, now: number): void {
    if (this.#suspended && !suspended && this.#since !== null) this.#since = now;
    this.#suspended = suspended;
  }

  /** `heardAt`: when the last packet came. */
  isOver(heardAt: number | null, now: number): boolean {
    if (this.#since === null || this.#suspended) return false;
    return now - Math.max(this.#since, heardAt ?? 0) >= this.#timeout;
  }
}

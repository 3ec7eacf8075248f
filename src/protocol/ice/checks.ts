import type { Clock } from "../../base/index.ts";

export interface Check {
  /** The address that was asked. */
  readonly key: string;
  /** That the answer must be signed with. */
  readonly password: string;
  /** Our role when it was sent. */
  readonly controlling: boolean;
  /** It carries USE-CANDIDATE. */
  readonly nominating: boolean;
}

/** RFC 8489 section 6.2.1 with RFC 8445's least timeout: sent after 0, 0.5, 1.5, 3.5 s; given up after 7.5 s. */
const timeouts = [500, 1_000, 2_000, 4_000];

/** The requests that are under way. */
export class Checks {
  readonly #clock: Clock;
  readonly #transactionId: () => string;
  readonly #open = new Map<string, Check & { cancel: () => void }>();
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, transactionId: () => string) {
    this.#clock = clock;
    this.#transactionId = transactionId;
  }

  get timers(): number {
    return this.#open.size + this.#waiting.size;
  }

  find(transaction: string): Check | undefined {
    return this.#open.get(transaction);
  }

  /** Whether one with USE-CANDIDATE is under way. */
  get nominating(): boolean {
    return [...this.#open.values()].some((check) => check.nominating);
  }

  /** Runs at that time, or at once if it has come. */
  at(time: number, run: () => void): void {
    const delay = time - this.#clock.now();
    if (delay <= 0) {
      run();
      return;
    }
    const cancel = this.#clock.after(delay, () => {
      this.#waiting.delete(cancel);
      run();
    });
    this.#waiting.add(cancel);
  }

  /** Sends a request, again and again if `repeat`, until it is removed; `failed` when it stays unanswered. */
  start(check: Check, send: (transaction: string) => void, repeat: boolean, failed: () => void): void {
    const transaction = this.#transactionId();
    const open = { ...check, cancel: (): void => undefined };
    this.#open.set(transaction, open);
    const attempt = (index: number): void => {
      const timeout = repeat ? timeouts[index] : timeouts[2];
      if (timeout === undefined || (!repeat && index > 0)) {
        this.#open.delete(transaction);
        failed();
        return;
      }
      open.cancel = this.#clock.after(timeout, () => attempt(index + 1));
      send(transaction);
    };
    attempt(0);
  }

  remove(transaction: string): void {
    this.#open.get(transaction)?.cancel();
    this.#open.delete(transaction);
  }

  clear(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    for (const transaction of this.#open.keys()) this.remove(transaction);
  }
}

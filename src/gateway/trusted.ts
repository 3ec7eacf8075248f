import { plainAddress, reasonOf, type Clock, type Logger } from "../base/index.ts";

/** Milliseconds: a name may come to mean another machine. */
const lookUpEvery = 60_000;

/** The addresses of the configured switches: whatever comes from elsewhere is not believed. */
export class TrustedAddresses {
  readonly #hosts: readonly string[];
  readonly #resolve: (host: string) => Promise<readonly string[]>;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** By host, the addresses that it had last. */
  readonly #addresses = new Map<string, readonly string[]>();
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(o: {
    readonly hosts: readonly string[];
    /** Every address of a host; of an address itself. */
    readonly resolve: (host: string) => Promise<readonly string[]>;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#hosts = [...new Set(o.hosts)];
    this.#resolve = o.resolve;
    this.#clock = o.clock;
    this.#log = o.log;
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    return [...this.#addresses.values()].some((known) => known.includes(plain));
  }

  list(): readonly string[] {
    return [...this.#addresses.values()].flat();
  }

  /** Looks every name up, now and from now on; resolves when it was done once. Never rejects. */
  async refresh(): Promise<void> {
    this.#cancel?.();
    await Promise.all(this.#hosts.map(async (host) => this.#lookUp(host)));
    if (this.#closed) return;
    // Another look may have ended meanwhile: one timer is enough.
    this.#cancel?.();
    this.#cancel = this.#clock.after(lookUpEvery, () => void this.refresh());
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** While a name cannot be looked up, the addresses that it had still count. */
  async #lookUp(host: string): Promise<void> {
    try {
      const found = await this.#resolve(host);
      this.#addresses.set(
        host,
        found.map((address) => plainAddress(address)),
      );
    } catch (error) {
      const known = this.#addresses.get(host) ?? [];
      const so =
        known.length === 0 ? "its calls are refused until it is" : "those that it had before still count";
      this.#log.warn({ host, known, reason: reasonOf(error) }, `the address of a switch is not known; ${so}`);
    }
  }
}

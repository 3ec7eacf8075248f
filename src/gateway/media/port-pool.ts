import type { Clock } from "../../base/index.ts";

/** Late packets of a call that ended must not reach the next one on its port. */
const quarantineMilliseconds = 5_000;

/**
 * Which ports of the range are whose. RTP with RTCP beside it takes an even port and the one above (RFC 3550 section 11);
 * rtcp-mux takes one. In random order, so that nobody can tell the next one.
 */
export class PortPool {
  readonly #from: number;
  readonly #to: number;
  readonly #clock: Clock;
  readonly #random: (limit: number) => number;
  readonly #taken = new Set<number>();
  /** Port → when it is free again; in the order of their ends. */
  readonly #quarantined = new Map<number, number>();

  /** `from` and `to` are included; `random` answers an integer below its argument. */
  constructor(o: {
    readonly from: number;
    readonly to: number;
    readonly clock: Clock;
    readonly random: (limit: number) => number;
  }) {
    this.#from = o.from;
    this.#to = o.to;
    this.#clock = o.clock;
    this.#random = o.random;
  }

  get taken(): number {
    return this.#taken.size;
  }

  get quarantined(): number {
    this.#expire();
    return this.#quarantined.size;
  }

  /** An even port, taken together with the one above; null: there is none. */
  takePair(): number | null {
    const first = this.#from + (this.#from % 2);
    const port = this.#search(
      first,
      2,
      (one) => one < this.#to && this.#isFree(one) && this.#isFree(one + 1),
    );
    if (port !== null) this.#taken.add(port).add(port + 1);
    return port;
  }

  takeOne(): number | null {
    // Those whose neighbour cannot be had anyway come first: pairs must not run out for want of neighbours.
    const port =
      this.#search(this.#from, 1, (one) => this.#isFree(one) && !this.#isFree(one ^ 1)) ??
      this.#search(this.#from, 1, (one) => this.#isFree(one));
    if (port !== null) this.#taken.add(port);
    return port;
  }

  /** Gives back what one of the two above answered, or found in use by somebody else; free again after a while. */
  release(...ports: readonly number[]): void {
    for (const port of ports) {
      if (!this.#taken.delete(port)) continue;
      this.#quarantined.delete(port);
      this.#quarantined.set(port, this.#clock.now() + quarantineMilliseconds);
    }
  }

  #search(first: number, step: number, suits: (port: number) => boolean): number | null {
    this.#expire();
    const count = Math.floor((this.#to - first) / step) + 1;
    if (count <= 0) return null;
    const start = this.#random(count);
    for (let index = 0; index < count; index += 1) {
      const port = first + ((start + index) % count) * step;
      if (suits(port)) return port;
    }
    return null;
  }

  #isFree(port: number): boolean {
    const ours = port >= this.#from && port <= this.#to;
    return ours && !this.#taken.has(port) && !this.#quarantined.has(port);
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [port, until] of this.#quarantined) {
      if (until > now) return;
      this.#quarantined.delete(port);
    }
  }
}

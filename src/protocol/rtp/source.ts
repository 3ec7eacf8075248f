/** RFC 3711 section 3.3.2 asks for 64 at least; packets come late by more when a browser changes its network. */
const window = 1024;

/** What is known of one SSRC's packets: the index they have reached, and which of the latest were seen. */
export class Source {
  /** The highest packet index (rollover counter · 2^16 + sequence) accepted; -1: none. */
  highest = -1;
  /** A ring: bit `index % window`. */
  readonly #seen = new Uint32Array(window / 32);

  /**
   * The packet index that a sequence number stands for (RFC 3711 section 3.3.1): the one nearest to the highest.
   * That is right however many packets were lost, up to 2^15 in a row.
   */
  indexOf(sequence: number): number {
    if (this.highest < 0) return sequence;
    const low = this.highest % 0x1_0000;
    const start = this.highest - low;
    if (low < 0x8000 && sequence - low > 0x8000) {
      // Before the first rollover there is nothing to be late from.
      return start === 0 ? sequence : start - 0x1_0000 + sequence;
    }
    if (low >= 0x8000 && low - 0x8000 > sequence) return start + 0x1_0000 + sequence;
    return start + sequence;
  }

  /** Whether the packet is neither a repetition nor older than the window. */
  isNew(index: number): boolean {
    if (index > this.highest) return true;
    if (index <= this.highest - window) return false;
    const bit = index % window;
    return ((this.#seen[bit >>> 5]! >>> (bit & 31)) & 1) === 0;
  }

  /** Only once the packet is authentic. */
  accept(index: number): void {
    if (index > this.highest) {
      if (index - this.highest >= window) this.#seen.fill(0);
      else for (let one = this.highest + 1; one < index; one += 1) this.#clear(one % window);
      this.highest = index;
    }
    const bit = index % window;
    this.#seen[bit >>> 5]! |= 1 << (bit & 31);
  }

  #clear(bit: number): void {
    this.#seen[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}

/** Sources by SSRC, at most `limit`: a peer that makes up SSRCs takes no more memory than that. */
export class Sources {
  readonly #limit: number;
  readonly #all = new Map<number, Source>();
  #latest: Source | undefined;
  #latestSsrc = -1;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#all.size >= this.#limit;
  }

  get(ssrc: number): Source | undefined {
    if (ssrc !== this.#latestSsrc) {
      const found = this.#all.get(ssrc);
      if (!found) return undefined;
      this.#latest = found;
      this.#latestSsrc = ssrc;
    }
    return this.#latest;
  }

  add(ssrc: number): Source {
    const source = new Source();
    this.#all.set(ssrc, source);
    return source;
  }
}

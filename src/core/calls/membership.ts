import { type CallRecord, older } from "./call.ts";

/** Two calls that became one. */
export interface Joined {
  readonly survivor: CallRecord;
  readonly absorbed: CallRecord;
}

/** Uuids and requests of forgotten calls that are kept out for this many calls more. */
const tombstonesPerCall = 4;

/**
 * Which call a key belongs to. Keys are uuids of legs, uuids that a leg names before we hear of them, and ids of
 * requested calls: whatever shares a key is one call. Ended calls are forgotten, the longest ended first, beyond
 * `retainEnded` of them; their keys leave tombstones, so that a late event revives nothing.
 */
export class Membership {
  readonly #calls = new Map<string, CallRecord>();
  readonly #byKey = new Map<string, CallRecord>();
  /** In the order in which they ended. */
  readonly #ended = new Set<CallRecord>();
  readonly #tombstones = new Set<string>();
  readonly #live = new Set<CallRecord>();
  readonly #retainEnded: number;
  readonly #forgotten: (call: CallRecord) => void;

  constructor(retainEnded: number, forgotten: (call: CallRecord) => void) {
    this.#retainEnded = retainEnded;
    this.#forgotten = forgotten;
  }

  add(call: CallRecord): void {
    this.#calls.set(call.id, call);
    this.#live.add(call);
    this.claim(call, call.id);
  }

  live(): ReadonlySet<CallRecord> {
    return this.#live;
  }

  all(): IterableIterator<CallRecord> {
    return this.#calls.values();
  }

  /** The call of that id, even one that became part of another. */
  byId(id: string): CallRecord | undefined {
    return this.#calls.get(id);
  }

  /** The call that a key belongs to now. */
  byKey(key: string): CallRecord | undefined {
    return this.#byKey.get(key);
  }

  buried(key: string): boolean {
    return this.#tombstones.has(key);
  }

  /** Makes `key` one of `call`'s; if another call has it already the two become one. */
  claim(call: CallRecord, key: string): Joined | null {
    if (this.buried(key)) return null;
    const holder = this.#byKey.get(key);
    if (holder === call) return null;
    if (holder === undefined) {
      call.keys.add(key);
      this.#byKey.set(key, call);
      return null;
    }
    const survivor = older(call, holder);
    return this.#join(survivor, survivor === call ? holder : call);
  }

  #join(survivor: CallRecord, absorbed: CallRecord): Joined {
    for (const key of absorbed.keys) {
      survivor.keys.add(key);
      this.#byKey.set(key, survivor);
    }
    absorbed.keys.clear();
    return { survivor, absorbed };
  }

  /** Keeps the books of which calls have ended, and forgets the oldest of them. */
  settle(call: CallRecord): void {
    if (call.live) {
      this.#ended.delete(call);
      this.#live.add(call);
      return;
    }
    this.#live.delete(call);
    this.#ended.add(call);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= this.#retainEnded) break;
      this.#forget(oldest);
    }
  }

  #forget(call: CallRecord): void {
    this.#ended.delete(call);
    this.#calls.delete(call.id);
    this.#forgotten(call);
    for (const key of call.keys) {
      this.#byKey.delete(key);
      this.#tombstones.add(key);
    }
    for (const oldest of this.#tombstones) {
      if (this.#tombstones.size <= this.#retainEnded * tombstonesPerCall) break;
      this.#tombstones.delete(oldest);
    }
  }
}

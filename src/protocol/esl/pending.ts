/** An answer that is waited for. */
interface Waiter {
  resolve(text: string): void;
  reject(error: Error): void;
}

function waiter(): { promise: Promise<string>; waiter: Waiter } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Whoever gave up waiting has been told; the late answer is nobody's unhandled rejection.
  promise.catch(() => undefined);
  return { promise, waiter: { resolve, reject } };
}

/**
 * The commands whose replies are outstanding. The event socket answers in order and names no command, so a slot keeps
 * its place until its own reply comes, even when nobody waits any longer.
 */
export class ReplyQueue {
  #waiters: Waiter[] = [];

  get length(): number {
    return this.#waiters.length;
  }

  add(): Promise<string> {
    const added = waiter();
    this.#waiters.push(added.waiter);
    return added.promise;
  }

  /** False when no command is outstanding. */
  settle(text: string): boolean {
    const first = this.#waiters.shift();
    first?.resolve(text);
    return first !== undefined;
  }

  rejectAll(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const one of waiters) one.reject(error);
  }
}

/** The bgapi jobs whose BACKGROUND_JOB event is outstanding, by Job-UUID. */
export class Jobs {
  readonly #waiters = new Map<string, Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  add(uuid: string): Promise<string> {
    const added = waiter();
    this.#waiters.set(uuid, added.waiter);
    return added.promise;
  }

  /** Nobody waits for it any longer. */
  remove(uuid: string): void {
    this.#waiters.delete(uuid);
  }

  /** False when it is not one of ours. */
  settle(uuid: string, text: string): boolean {
    const waiter = this.#waiters.get(uuid);
    waiter?.resolve(text);
    return waiter !== undefined;
  }

  rejectAll(error: Error): void {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const one of waiters) one.reject(error);
  }
}

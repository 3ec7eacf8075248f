import { Failure, type Clock } from "../../base/index.ts";

export interface Bounds {
  /** Gives up waiting, not the command: the switch has it already. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for the answer. */
  readonly deadline?: number;
}

/** `work`, or a rejection when the signal aborts (its reason) or the deadline passes (`not-confirmed`). */
export function bounded<T>(
  work: Promise<T>,
  what: string,
  clock: Clock,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const late = (): void =>
      leave(new Failure("not-confirmed", `The switch did not answer ${what} within ${deadline} ms.`));
    const abandon = (): void => leave(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    const cancel = clock.after(deadline, late);
    const settled = (): void => {
      cancel();
      signal?.removeEventListener("abort", abandon);
    };
    const leave = (error: Error): void => {
      settled();
      reject(error);
    };
    signal?.addEventListener("abort", abandon, { once: true });
    work.then(resolve, reject).finally(settled);
  });
}

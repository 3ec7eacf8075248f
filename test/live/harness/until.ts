import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks `probe` again and again until it answers something truthy, and resolves to that: for what happens in
 * another process and sends us no event. Rejects after `seconds`, naming `what` and the last answer or failure.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { seconds = 20, everyMilliseconds = 50 }: { seconds?: number; everyMilliseconds?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${seconds} s: ${what} (last: ${describe(last)})`);
    }
    await sleep(everyMilliseconds);
  }
}

function describe(last: unknown): string {
  if (last instanceof Error) return last.message;
  return (JSON.stringify(last) ?? String(last)).slice(0, 500);
}

/** Rejects with `what` unless `promise` settles within `seconds`. */
export async function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`not within ${seconds} s: ${what}`));
  }, seconds * 1000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

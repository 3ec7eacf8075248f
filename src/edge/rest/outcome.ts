import { Failure, failures, type Clock, type FailureCode } from "../../base/index.ts";
import type { EventLog, LoggedEvent } from "../../core/events/index.ts";

const isFailureCode = (code: unknown): code is FailureCode =>
  typeof code === "string" && Object.hasOwn(failures, code);

/** The failure that an `operation.failed` event tells of. */
function failureOf({ data }: LoggedEvent): Failure {
  const { code, detail, cause } = data;
  return new Failure(
    isFailureCode(code) ? code : "switch-refused",
    typeof detail === "string" ? detail : "the switch did not do it",
    typeof cause === "string" ? { cause } : {},
  );
}

export interface WaitOptions {
  readonly events: Pick<EventLog, "subscribe">;
  readonly clock: Clock;
  readonly seconds: number;
  /** Aborts when nobody waits for the answer any more; its reason is what the waiting rejects with. */
  readonly signal: AbortSignal;
}

/**
 * Starts an operation and resolves with the event that carries its id. Listens before it starts: the outcome may be
 * published before the operation's id is known.
 * @throws Failure not-confirmed after `seconds`, or what `operation.failed` says
 */
export async function outcomeOf(
  start: () => Promise<{ readonly operation: string }>,
  { events, clock, seconds, signal }: WaitOptions,
): Promise<LoggedEvent> {
  const outcome = Promise.withResolvers<LoggedEvent>();
  // Nobody awaits it when the start itself fails.
  outcome.promise.catch(() => undefined);
  const early = new Map<unknown, LoggedEvent>();
  let operation: string | undefined;
  const unsubscribe = events.subscribe((event) => {
    const carried = event.data["operation"];
    if (carried === undefined) return;
    if (operation === undefined) early.set(carried, event);
    else if (carried === operation) outcome.resolve(event);
  });
  const abort = (): void => outcome.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  let cancel: (() => void) | undefined;
  try {
    const started = (await start()).operation;
    operation = started;
    const known = early.get(started);
    early.clear();
    if (known) outcome.resolve(known);
    if (signal.aborted) abort();
    cancel = clock.after(seconds * 1000, () => {
      const detail = `nothing was heard of it within ${seconds} s; an event with this operation may still come`;
      outcome.reject(new Failure("not-confirmed", detail, { operation: started }));
    });
    const event = await outcome.promise;
    if (event.type === "operation.failed") throw failureOf(event);
    return event;
  } finally {
    cancel?.();
    signal.removeEventListener("abort", abort);
    unsubscribe();
  }
}

import { type Clock, Failure, type Publish } from "../../base/index.ts";
import type { Announcement } from "./announce.ts";
import type { Outcome, VerbName } from "./verbs.ts";

/** Seconds that an operation may wait for its outcome. */
const patience = 30;
/** Operations that may wait at a time. */
const capacity = 1000;

const endedFirst = new Failure("not-confirmed", "the call ended before the outcome was seen");
const endedAlready = new Failure("verb-not-allowed", "an earlier hangup ended the call");

export interface NewOperation {
  readonly id: string;
  readonly call: string;
  readonly node: string;
  readonly verb: VerbName;
  readonly outcome: Outcome | null;
}

interface Pending extends NewOperation {
  /** The call it is about now: another one after a merge. */
  current: string;
  readonly cancel: () => void;
}

/**
 * What was asked of the switch and not seen yet. Each operation has one outcome: the event that it asked for carries
 * its id, or `operation.failed` does.
 *
 * ```
 *  begun ──► seen      an event of its outcome
 *    └─────► failed    refused, not confirmed in 30 s, or the call ended first
 * ```
 */
export class Operations {
  readonly #pending = new Map<string, Pending>();
  readonly #publish: Publish;
  readonly #clock: Clock;

  constructor({ publish, clock }: { publish: Publish; clock: Clock }) {
    this.#publish = publish;
    this.#clock = clock;
  }

  /** @throws Failure rate-limited when too many wait already */
  begin(operation: NewOperation): void {
    if (this.#pending.size >= capacity) {
      throw new Failure(
        "rate-limited",
        `${capacity} operations wait for the switch; try again when some are done`,
      );
    }
    const cancel = this.#clock.after(patience * 1000, () => {
      const detail = `the switch took the command, and nothing was seen of it within ${patience} s`;
      this.fail(operation.id, new Failure("not-confirmed", detail));
    });
    this.#pending.set(operation.id, { ...operation, current: operation.call, cancel });
  }

  /** The operation that asked for what is being told: of several the one that waits longest. */
  attribute({ type, call, leg, data }: Announcement & { readonly call: string }): string | undefined {
    const into = data["mergedInto"];
    if (type === "call.ended" && typeof into === "string") {
      for (const operation of this.#of(call)) operation.current = into;
      return undefined;
    }
    const found = this.#seen(type, call, leg);
    if (type === "call.ended") {
      for (const { id, verb } of this.#of(call)) this.fail(id, verb === "hangup" ? endedAlready : endedFirst);
    }
    return found;
  }

  #of(call: string): Pending[] {
    return [...this.#pending.values()].filter(({ current }) => current === call);
  }

  #seen(type: string, call: string, leg: string | null): string | undefined {
    for (const { id, current, outcome, cancel } of this.#pending.values()) {
      if (outcome?.type !== type) continue;
      if (outcome.legs === null ? current !== call : leg === null || !outcome.legs.includes(leg)) continue;
      cancel();
      this.#pending.delete(id);
      return id;
    }
    return undefined;
  }

  /** Ends an operation whose outcome is not an event of the ledger; false if it was ended before. */
  finish(id: string): boolean {
    this.#pending.get(id)?.cancel();
    return this.#pending.delete(id);
  }

  /** Ends an operation with `operation.failed`; nothing if its outcome was seen already. */
  fail(id: string, { code, detail, extra }: Failure): void {
    const operation = this.#pending.get(id);
    if (!operation) return;
    operation.cancel();
    this.#pending.delete(id);
    const { node, verb, current: call } = operation;
    const cause = extra["cause"];
    this.#publish({
      type: "operation.failed",
      time: this.#clock.now(),
      node,
      data: { operation: id, call, verb, code, detail, ...(cause === undefined ? {} : { cause }) },
    });
  }

  /** Fails whatever still waits. */
  close(): void {
    for (const id of this.#pending.keys()) {
      this.fail(id, new Failure("shutting-down", "Patchcord stopped before the outcome was seen"));
    }
  }
}

import type { SipRequest } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { parseCSeq, parseRAck } from "../sequence.ts";
import { lifetime, t1 } from "../transaction/machine.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { Timers } from "../transaction/timers.ts";
import type { Context } from "./context.ts";
import type { HeaderPair } from "./model.ts";
import type { Answer } from "./responses.ts";

/** Provisional responses sent reliably (RFC 3262 3): one at a time, each again from T1, doubling, until its PRACK. */
export class ReliableResponses {
  readonly #context: Context;
  readonly #invite: ServerTransaction;
  readonly #tag: string;
  readonly #unacknowledged: () => void;
  readonly #timers: Timers;
  readonly #waiting: Answer[] = [];
  #sequence: number;
  #pending: Answer | undefined;
  #idle: (() => void) | undefined;

  constructor(
    context: Context,
    { invite, tag }: { readonly invite: ServerTransaction; readonly tag: string },
    unacknowledged: () => void,
  ) {
    this.#context = context;
    this.#invite = invite;
    this.#tag = tag;
    this.#unacknowledged = unacknowledged;
    this.#timers = new Timers(context.clock);
    // Between 1 and 2**31 - 1, chosen by chance; room is left for those that follow.
    this.#sequence = 1 + Math.floor(context.random() * 2 ** 30);
  }

  send(answer: Answer): void {
    this.#waiting.push(answer);
    if (!this.#pending) this.#sendNext();
  }

  /** Runs once none waits for its PRACK: a 2xx must not overtake one that holds a description (section 3). */
  whenIdle(run: () => void): void {
    if (this.#pending) this.#idle = run;
    else run();
  }

  /** Whether this PRACK is for the response that waits for one: it is answered first. Throws a SipParseError. */
  acknowledge(prack: SipRequest, answer: () => void): boolean {
    if (!this.#pending) return false;
    const { response, number, method } = parseRAck(prack.headers.get("RAck") ?? "");
    const invited = parseCSeq(this.#invite.request.headers.get("CSeq") ?? "");
    if (response !== this.#sequence || number !== invited.number || method !== "INVITE") return false;
    this.#timers.clear();
    this.#pending = undefined;
    this.#sequence += 1;
    answer();
    this.#sendNext();
    if (!this.#pending) this.#idle?.();
    return true;
  }

  close(): void {
    this.#timers.clear();
    this.#pending = undefined;
    this.#idle = undefined;
    this.#waiting.length = 0;
  }

  #sendNext(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    const headers: HeaderPair[] = [
      ...(next.headers ?? []),
      ["Require", "100rel"],
      ["RSeq", String(this.#sequence)],
    ];
    this.#pending = { ...next, headers };
    this.#say(t1);
    this.#timers.start("end", lifetime, () => {
      this.close();
      this.#unacknowledged();
    });
  }

  #say(interval: number): void {
    if (!this.#pending) return;
    this.#context.respond(this.#invite, this.#pending, this.#tag);
    this.#timers.start("again", interval, () => this.#say(interval * 2));
  }
}

/** What PRACK answers, at the caller: RSeq of a reliable provisional response, undefined for one that is none. */
export function reliableSequence(response: {
  readonly headers: { get(name: string): string | undefined; all(name: string): string[] };
}): number | undefined {
  const { headers } = response;
  if (!headers.all("Require").some((option) => option.trim().toLowerCase() === "100rel")) return undefined;
  const text = headers.get("RSeq") ?? "";
  return /^\d{1,10}$/u.test(text) ? Number(text) : undefined;
}

/** Never throws. */
export function acknowledges(reliable: ReliableResponses, prack: SipRequest, answer: () => void): boolean {
  try {
    return reliable.acknowledge(prack, answer);
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}

import type { SipResponse } from "../model.ts";
import { sequenceOf } from "../dialog/state.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { Answer } from "./responses.ts";
import type { Context, Party } from "./context.ts";
import type { DialogCore } from "./dialog-core.ts";
import { capabilities } from "./options.ts";
import { reliableSequence } from "./reliable-responses.ts";
import { sdpOf } from "./responses.ts";
import { screen } from "./screening.ts";

/** What a dialog that is not confirmed answers, apart from PRACK and BYE; `offering`: whose offer has no answer yet. */
export function answerEarly(
  context: Context,
  core: DialogCore,
  transaction: ServerTransaction,
  offering: "ours" | "theirs" | "neither",
): Answer {
  const { request } = transaction;
  switch (request.method) {
    case "OPTIONS":
      return { status: 200, headers: capabilities };
    case "UPDATE":
      // RFC 3311 5.2.
      if (sdpOf(request) === null) {
        core.refresh(request);
        return { status: 200, headers: [["Contact", context.contact(core.peer.protocol)]] };
      }
      if (offering === "ours") return { status: 491 };
      return offering === "theirs" ? { status: 500, headers: [context.retryAfter()] } : { status: 488 };
    case "BYE":
    case "PRACK":
      return { status: 481 };
    default:
      // Not yet: there is no session that it could be about.
      return { status: 500, headers: [["Retry-After", "5"]] };
  }
}

/** One branch that rings, of a call that we make (RFC 3261 12.1.2). */
export class EarlyDialog implements Party {
  readonly core: DialogCore;
  /** Of its reliable provisional responses (RFC 3262 4). */
  #sequence: number | undefined;
  #answered = false;

  constructor(core: DialogCore) {
    this.core = core;
    core.attach(this);
  }

  /** Whether a reliable provisional response held the answer. */
  get answered(): boolean {
    return this.#answered;
  }

  /** False for one that came before, or that another must come before. Sends PRACK. Throws a SipParseError. */
  take(response: SipResponse): boolean {
    const sequence = reliableSequence(response);
    if (sequence === undefined) {
      this.core.refresh(response);
      return true;
    }
    if (this.#sequence !== undefined && sequence !== this.#sequence + 1) return false;
    this.#sequence = sequence;
    this.#answered ||= sdpOf(response) !== null;
    this.core.refresh(response);
    const invited = sequenceOf(response);
    void this.core.ask("PRACK", {
      headers: (headers) => headers.set("RAck", `${sequence} ${invited} INVITE`),
    });
    return true;
  }

  receive(transaction: ServerTransaction): void {
    const { context } = this.core;
    const answer = !this.core.take(transaction.request)
      ? { status: 500, headers: [context.retryAfter()] }
      : (screen(transaction.request, false) ??
        answerEarly(context, this.core, transaction, this.#answered ? "neither" : "ours"));
    context.respond(transaction, answer);
  }

  ackReceived(): void {
    // There is nothing of ours that could be acknowledged.
  }

  close(): void {
    this.core.detach(this);
  }
}

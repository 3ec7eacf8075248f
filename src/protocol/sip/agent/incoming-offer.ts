import { Failure } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import type { SipRequest } from "../model.ts";
import { sequenceOf } from "../dialog/state.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { checkedHeaders } from "./application-headers.ts";
import type { Cancelable } from "./context.ts";
import type { DialogCore } from "./dialog-core.ts";
import type { HeaderPair, IncomingOffer } from "./model.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { sdpBody, sdpOf, type Answer } from "./responses.ts";
import type { TimerAnswer } from "./session-timer.ts";
import { allow, supported } from "./words.ts";

/**
 * The application must have answered by then, milliseconds: an UPDATE's sender waits 32 s. It is refused in a way that
 * leaves the session alone: FreeSWITCH hangs up when it is answered 504.
 */
const patience = 20_000;

export interface OfferUser {
  /** A 2xx was sent with this description of ours. */
  accepted(sdp: string, timer: TimerAnswer): void;
  /** Nothing is pending any more. */
  over(): void;
  /** The 2xx was never acknowledged. */
  unacknowledged(): void;
}

/** A re-INVITE or an UPDATE with an offer, until it is refused or acknowledged (RFC 3261 14.2, RFC 3311 5.2). */
export class PendingOffer implements IncomingOffer, Cancelable {
  readonly sdp: string | null;
  readonly headers: Headers;
  readonly #core: DialogCore;
  readonly #transaction: ServerTransaction;
  readonly #timer: TimerAnswer;
  readonly #user: OfferUser;
  readonly #acknowledged = Promise.withResolvers<string | null>();
  readonly #stopPatience: () => void;
  #answer: RepeatedAnswer | undefined;
  #over = false;

  constructor(core: DialogCore, transaction: ServerTransaction, timer: TimerAnswer, user: OfferUser) {
    this.#core = core;
    this.#transaction = transaction;
    this.#timer = timer;
    this.#user = user;
    this.sdp = sdpOf(transaction.request);
    this.headers = transaction.request.headers;
    // Who does not wait for it was told by the dialog's end.
    this.#acknowledged.promise.catch(() => undefined);
    this.#stopPatience = core.context.clock.after(patience, () => this.#refuse({ status: 488 }));
    if (transaction.request.method === "INVITE") {
      core.context.cancelables.set(transaction, this);
      core.context.respond(transaction, { status: 100 });
    }
  }

  /** Whether it was answered and the ACK is awaited. */
  get answered(): boolean {
    return this.#answer !== undefined;
  }

  accept(sdp: string): Promise<string | null> {
    if (this.#over || this.#answer)
      return Promise.reject(new Failure("already-ended", "The offer was answered already."));
    const { context, peer } = this.#core;
    const answer: Answer = {
      status: 200,
      headers: [
        ["Contact", context.contact(peer.protocol)],
        ["Allow", allow],
        ["Supported", supported.join(", ")],
        ...this.#timer.headers,
      ],
      body: sdpBody(sdp),
    };
    this.#settle();
    if (this.#transaction.request.method === "UPDATE") {
      context.respond(this.#transaction, answer);
      this.#user.accepted(sdp, this.#timer);
      this.#acknowledged.resolve(null);
      this.#finish();
      return this.#acknowledged.promise;
    }
    const response = context.responseTo(this.#transaction.request, answer);
    this.#answer = new RepeatedAnswer(context.clock, this.#transaction, response, () => {
      this.close();
      this.#user.unacknowledged();
    });
    this.#user.accepted(sdp, this.#timer);
    return this.#acknowledged.promise;
  }

  reject(status: number, headers?: readonly HeaderPair[]): void {
    this.#refuse({ status, headers: checkedHeaders(headers) });
  }

  /** Whether the ACK is this one's. */
  acknowledged(ack: SipRequest): boolean {
    if (!this.#answer || sequenceOf(ack) !== sequenceOf(this.#transaction.request)) return false;
    this.#answer.stop();
    this.#acknowledged.resolve(this.sdp === null ? sdpOf(ack) : null);
    this.#finish();
    return true;
  }

  canceled(): void {
    this.#refuse({ status: 487 });
  }

  /** The dialog is over: 487, if nothing was said (RFC 3261 15.1.2). */
  close(): void {
    this.#refuse({ status: 487 });
    this.#answer?.stop();
    this.#acknowledged.reject(new Failure("not-confirmed", "The call ended before the peer acknowledged."));
    this.#finish();
  }

  #refuse(answer: Answer): void {
    if (this.#over || this.#answer) return;
    this.#settle();
    this.#core.context.respond(this.#transaction, answer);
    this.#acknowledged.reject(new Failure("not-confirmed", "The offer was refused."));
    this.#finish();
  }

  #settle(): void {
    this.#stopPatience();
    this.#core.context.cancelables.delete(this.#transaction);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#user.over();
  }
}

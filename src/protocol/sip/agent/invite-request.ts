import type { Credentials } from "../digest.ts";
import type { Flow, SipAddress, SipRequest, SipResponse } from "../model.ts";
import type { ClientTransaction } from "../transaction/client-transaction.ts";
import { lifetime } from "../transaction/machine.ts";
import { Timers } from "../transaction/timers.ts";
import { canceledOutcome, failureOutcome, outcomeOf, type Outcome, type Outgoing } from "./asking.ts";
import { Challenges, isChallenge } from "./challenges.ts";
import type { Context } from "./context.ts";
import type { HeaderPair } from "./model.ts";

export interface InviteUser {
  /** 101 to 199. */
  provisional(response: SipResponse, flow: Flow): void;
  /** Each 2xx as it comes, retransmissions and forks included: each wants its ACK. */
  success(response: SipResponse, flow: Flow): void;
  /** Once, if there was no 2xx before. */
  refused(outcome: Outcome): void;
}

/** Timer C (16.6 step 11): nobody may ring for ever because a peer that said 1xx is dead. */
const silence = 180_000 + 1000;

/** An INVITE and what comes of it, through challenges and CANCEL; the session is its user's. */
export class InviteRequest {
  readonly #context: Context;
  readonly #next: () => Outgoing;
  readonly #user: InviteUser;
  readonly #challenges: Challenges;
  readonly #timers: Timers;
  #transaction: ClientTransaction | undefined;
  #cancelHeaders: readonly HeaderPair[] | undefined;
  #cancelSent = false;
  #settled = false;

  /** `next` makes the request, once for each challenge, with a CSeq of its own. */
  constructor(
    context: Context,
    next: () => Outgoing,
    credentials: Credentials | undefined,
    user: InviteUser,
  ) {
    this.#context = context;
    this.#next = next;
    this.#user = user;
    this.#challenges = new Challenges(credentials, context);
    this.#timers = new Timers(context.clock);
  }

  start(): void {
    const { request, to } = this.#next();
    this.#challenges.answer(request);
    this.#transaction = this.#context.transactions.request(request, to, {
      response: (response, flow) => this.#received(response, flow),
      failed: (reason) => this.#refuse(failureOutcome(reason)),
    });
  }

  /** As it was sent last. */
  get request(): SipRequest | undefined {
    return this.#transaction?.request;
  }

  /** Where it was sent. */
  get to(): SipAddress | undefined {
    return this.#transaction?.to;
  }

  get canceled(): boolean {
    return this.#cancelHeaders !== undefined;
  }

  /** 9.1: at once if a provisional response came, else when one comes. Idempotent; after the end without effect. */
  cancel(headers: readonly HeaderPair[] = []): void {
    if (this.#settled || this.#cancelHeaders) return;
    this.#cancelHeaders = headers;
    if (this.#transaction?.state === "proceeding") this.#sendCancel();
  }

  #received(response: SipResponse, flow: Flow): void {
    const { status } = response;
    if (status < 200) this.#provisional(response, flow);
    else if (status < 300) this.#succeed(response, flow);
    else if (this.canceled || !isChallenge(status) || !this.#challenges.take(response))
      this.#refuse(outcomeOf(response, flow));
    else this.start();
  }

  #provisional(response: SipResponse, flow: Flow): void {
    if (this.#settled) return;
    if (this.canceled) {
      this.#sendCancel();
      return;
    }
    this.#timers.start("C", silence, () => this.cancel());
    if (response.status > 100) this.#user.provisional(response, flow);
  }

  #succeed(response: SipResponse, flow: Flow): void {
    this.#settled = true;
    this.#timers.clear();
    this.#user.success(response, flow);
  }

  #refuse(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timers.clear();
    this.#user.refused(outcome);
  }

  #sendCancel(): void {
    if (!this.#transaction || this.#cancelSent) return;
    this.#cancelSent = true;
    this.#context.transactions.cancel(this.#transaction, this.#cancelHeaders);
    // 9.1: a server of RFC 2543 may never say 487.
    this.#timers.start("C", lifetime, () => {
      this.#transaction?.abandon();
      this.#refuse(canceledOutcome);
    });
  }
}

import { Failure } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import type { SipRequest, SipResponse } from "../model.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { Timers } from "../transaction/timers.ts";
import type { Outcome } from "./asking.ts";
import type { DialogCore } from "./dialog-core.ts";
import { PendingOffer } from "./incoming-offer.ts";
import type { DialogHandlers } from "./model.ts";
import { sendOffer, type OfferResult, type SentOffer } from "./outgoing-offer.ts";
import { sdpOf } from "./responses.ts";
import { answerTimer, leastOf, SessionTimer, timerHeaders, timerOf, type Agreed } from "./session-timer.ts";
import { allow, lists, supported } from "./words.ts";

/** How often glare may turn a re-INVITE back. */
const glares = 5;
/** Milliseconds until a refresh that was refused for now is tried again. */
const refreshAgain = 5000;

export interface OffersOptions {
  readonly core: DialogCore;
  readonly role: "caller" | "callee";
  /** What we described ourselves as last. */
  readonly sdp: string;
  /** Methods that the peer's Allow names. */
  readonly peerAllows: readonly string[];
  readonly agreed: Agreed | null;
  readonly handler: () => DialogHandlers["reinvite"] | undefined;
  readonly lost: (reason: string) => void;
  /** Settled once the first INVITE was acknowledged. */
  readonly ready: Promise<unknown>;
}

const ended = (): Failure => new Failure("already-ended", "The call has ended.");

/** The session's descriptions after the first: re-INVITE and UPDATE both ways, and its timer (RFC 4028). */
export class Offers {
  readonly #options: OffersOptions;
  readonly #timers: Timers;
  readonly #timer: SessionTimer;
  #sdp: string;
  #ours: SentOffer | undefined;
  #theirs: PendingOffer | undefined;
  /** Who waits until nothing of theirs is pending, or until glare is over. */
  #idle: (() => void) | undefined;
  #calm: (() => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: OffersOptions) {
    const { clock } = options.core.context;
    this.#options = options;
    this.#sdp = options.sdp;
    this.#timers = new Timers(clock);
    this.#timer = new SessionTimer(
      clock,
      () => void this.#refresh(),
      () => options.lost("the session expired"),
    );
    this.#timer.agree(options.agreed);
  }

  /** One at a time, in order. Rejects with `peer-refused`, `already-ended`. */
  reinvite(sdp: string): Promise<string> {
    const offer = this.#last.then(async () => this.#offer(sdp));
    this.#last = offer.catch(() => undefined);
    return offer;
  }

  /** A re-INVITE or an UPDATE of the peer's, screened. Throws a SipParseError. */
  receive(transaction: ServerTransaction): void {
    const { core, handler } = this.#options;
    const { context } = core;
    const { request } = transaction;
    const timer = answerTimer(request);
    if ("refusal" in timer) {
      context.respond(transaction, timer.refusal);
      return;
    }
    if (request.method === "UPDATE" && sdpOf(request) === null) {
      this.#acceptRefresh(transaction, timer.headers);
      this.#timer.agree(timer.agreed);
      return;
    }
    if (this.#ours || this.#theirs?.answered) {
      context.respond(transaction, { status: 491 });
      return;
    }
    if (this.#theirs) {
      context.respond(transaction, { status: 500, headers: [context.retryAfter()] });
      return;
    }
    core.refresh(request);
    const handle = handler();
    if (!handle) {
      context.respond(transaction, { status: 488 });
      return;
    }
    const offer = new PendingOffer(core, transaction, timer, {
      accepted: (sdp, { agreed }) => {
        this.#sdp = sdp;
        this.#timer.agree(agreed);
      },
      over: () => this.#settled(),
      unacknowledged: () => this.#options.lost("a re-INVITE's answer was not acknowledged"),
    });
    this.#theirs = offer;
    if (!context.tell(core.id.callId, "reinvite", () => handle(offer))) offer.reject(500);
  }

  /** Whether the ACK was for a re-INVITE's answer. */
  acknowledged(ack: SipRequest): boolean {
    return this.#theirs?.acknowledged(ack) ?? false;
  }

  close(): void {
    this.#closed = true;
    this.#timer.close();
    this.#timers.clear();
    this.#theirs?.close();
    this.#ours?.cancel();
    this.#idle?.();
    this.#calm?.();
  }

  #acceptRefresh(transaction: ServerTransaction, timer: readonly (readonly [string, string])[]): void {
    const { core } = this.#options;
    core.refresh(transaction.request);
    core.context.respond(transaction, {
      status: 200,
      headers: [
        ["Contact", core.context.contact(core.peer.protocol)],
        ["Allow", allow],
        ["Supported", supported.join(", ")],
        ...timer,
      ],
    });
  }

  #settled(): void {
    this.#theirs = undefined;
    this.#idle?.();
  }

  /** RFC 3261 14.1: not while an INVITE is under way in either direction. */
  async #untilIdle(): Promise<void> {
    await this.#options.ready.catch(() => undefined);
    while (this.#theirs && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      await promise;
    }
    this.#idle = undefined;
    if (this.#closed) throw ended();
  }

  async #offer(sdp: string): Promise<string> {
    const { core } = this.#options;
    for (let glare = 0; ; glare += 1) {
      await this.#untilIdle();
      const result = await this.#send(sdp);
      if (result.kind === "answered") return this.#answered(sdp, result.response);
      const { outcome } = result;
      if (outcome.status !== 491 || glare === glares) throw this.#refused(outcome);
      core.context.log.debug({ callId: core.id.callId }, "a re-INVITE met the peer's");
      await this.#waitOutGlare();
    }
  }

  async #send(sdp: string): Promise<OfferResult> {
    this.#ours = sendOffer(this.#options.core, sdp, timerHeaders(this.#timer.agreed));
    try {
      return await this.#ours.result;
    } finally {
      this.#ours = undefined;
    }
  }

  #answered(sdp: string, response: SipResponse): string {
    if (this.#closed) throw ended();
    this.#timer.agree(timerOf(response));
    const answer = sdpOf(response);
    if (answer === null) throw new Failure("peer-refused", "The peer answered nothing.", { status: 488 });
    this.#sdp = sdp;
    return answer;
  }

  /** What the refusal means for the session, which stays as it was unless the peer has forgotten it (12.2.1.2). */
  #refused({ status, reason }: Outcome): Failure {
    if (this.#closed) return ended();
    if (status === 408 || status === 481) this.#options.lost(`a re-INVITE was answered ${status}`);
    return new Failure("peer-refused", `The peer answered ${status} ${reason}.`, { status });
  }

  /** 14.1: the caller waits longer, so that they do not meet again. */
  async #waitOutGlare(): Promise<void> {
    const { role, core } = this.#options;
    const [least, span] = role === "caller" ? [2100, 1900] : [0, 2000];
    const wait = least + Math.floor((core.context.random() * span) / 10) * 10;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#calm = resolve;
    this.#timers.start("glare", wait, resolve);
    await promise;
  }

  /** RFC 4028 10: by UPDATE where the peer takes it, else by re-INVITE with the description as it is. */
  async #refresh(): Promise<void> {
    if (this.#closed) return;
    if (!lists(this.#options.peerAllows, "UPDATE")) {
      await this.reinvite(this.#sdp).catch(() => this.#timer.later(refreshAgain));
      return;
    }
    const { core, lost } = this.#options;
    const agreed = this.#timer.agreed;
    const headers = (added: Headers): void => {
      core.context.introduce(added, core.peer.protocol);
      for (const [name, value] of timerHeaders(agreed)) added.set(name, value);
    };
    const { status, response } = await core.ask("UPDATE", { headers });
    if (this.#closed) return;
    if (response && status < 300) {
      this.#timer.agree(timerOf(response));
    } else if (response && status === 422 && agreed) {
      this.#timer.agree({ ...agreed, interval: Math.max(agreed.interval, leastOf(response)) });
      this.#timer.later(0);
    } else if (status === 408 || status === 481) {
      lost(`a session refresh was answered ${status}`);
    } else {
      this.#timer.later(refreshAgain);
    }
  }
}

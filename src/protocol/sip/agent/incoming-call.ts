import { Failure } from "../../../base/index.ts";
import { dialogOfRequest } from "../dialog/state.ts";
import type { Headers } from "../headers.ts";
import type { Flow, SipRequest } from "../model.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { checkedHeaders } from "./application-headers.ts";
import type { Cancelable, Context, Lasting, Party } from "./context.ts";
import { DialogCore } from "./dialog-core.ts";
import { answerEarly } from "./early-dialog.ts";
import type { Dialog, HeaderPair, IncomingHandlers, IncomingInvite } from "./model.ts";
import { acknowledges, ReliableResponses } from "./reliable-responses.ts";
import { sdpBody, sdpOf, type Answer } from "./responses.ts";
import { screen } from "./screening.ts";
import { Session } from "./session.ts";
import type { TimerAnswer } from "./session-timer.ts";
import { allow, lists, supported } from "./words.ts";

/**
 * A call to us, until it is answered or over (RFC 3261 13.3):
 *
 *   ringing ── accept() ──► answering ── every PRACK has come / 2xx ──► answered
 *      └── reject(); CANCEL, BYE, expiry, no PRACK ──┴────────────────► over
 */
export class IncomingCall implements IncomingInvite, Party, Cancelable, Lasting {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly callId: string;
  readonly sdp: string | null;
  readonly replaces: Dialog | null;
  readonly #context: Context;
  readonly #transaction: ServerTransaction;
  readonly #core: DialogCore;
  readonly #tag: string;
  readonly #timer: TimerAnswer;
  readonly #reliable: ReliableResponses;
  readonly #reliably: "required" | "supported" | "never";
  readonly #stopExpiry: () => void;
  #handlers: IncomingHandlers | undefined;
  #untold: { readonly headers: Headers | null } | undefined;
  #session: Session | undefined;
  /** Whether one that went out reliably held our answer, or our offer. */
  #described = false;
  /** To our offer, in a PRACK (RFC 3262 5). */
  #answer: string | null = null;
  #state: "ringing" | "answering" | "answered" | "over" = "ringing";

  /** Throws a SipParseError. */
  constructor(
    context: Context,
    transaction: ServerTransaction,
    { replaces, timer }: { readonly replaces: Dialog | null; readonly timer: TimerAnswer },
  ) {
    const { request, flow } = transaction;
    this.request = request;
    this.flow = flow;
    this.callId = request.headers.get("Call-ID") ?? "";
    this.sdp = sdpOf(request);
    this.replaces = replaces;
    this.#context = context;
    this.#transaction = transaction;
    this.#timer = timer;
    this.#tag = context.token();
    this.#core = new DialogCore(context, dialogOfRequest(request, this.#tag), flow.remote);
    this.#reliable = new ReliableResponses(context, { invite: transaction, tag: this.#tag }, () =>
      this.#give({ status: 504 }, { reason: "a provisional response was not acknowledged" }),
    );
    const { headers } = request;
    if (lists(headers.all("Require"), "100rel")) this.#reliably = "required";
    else this.#reliably = lists(headers.all("Supported"), "100rel") ? "supported" : "never";
    this.#stopExpiry = expiry(headers, context, () =>
      this.#give({ status: 487 }, { reason: "the caller's time was up" }),
    );
    this.#core.attach(this);
    context.cancelables.set(transaction, this);
    context.begin(this);
  }

  get dialog(): Dialog | undefined {
    return this.#session;
  }

  handle(handlers: IncomingHandlers): void {
    this.#handlers = handlers;
    const untold = this.#untold;
    this.#untold = undefined;
    if (untold) this.#tellCanceled(untold.headers);
  }

  ring({
    status = 180,
    sdp,
    headers,
  }: {
    readonly status?: number;
    readonly sdp?: string;
    readonly headers?: readonly HeaderPair[];
  } = {}): void {
    const checked = checkedHeaders(headers);
    if (!Number.isInteger(status) || status < 101 || status > 199)
      throw new Failure("invalid-request", "A provisional response is 101 to 199.");
    if (this.#state !== "ringing") return;
    const reliably = this.#reliably === "required" || (this.#reliably === "supported" && sdp !== undefined);
    const answer: Answer = {
      status,
      headers: [...this.#introduction(), ...checked],
      body: sdp === undefined ? undefined : sdpBody(sdp),
    };
    if (!reliably) {
      this.#context.respond(this.#transaction, answer, this.#tag);
      return;
    }
    this.#described ||= sdp !== undefined;
    this.#reliable.send(answer);
  }

  accept(sdp: string, headers?: readonly HeaderPair[]): Dialog {
    const checked = checkedHeaders(headers);
    if (this.#state === "over") throw new Failure("already-ended", "The call has ended.");
    if (this.#state !== "ringing") throw new Failure("already-accepted", "The call was answered already.");
    const response = this.#context.responseTo(
      this.request,
      {
        status: 200,
        headers: [...this.#introduction(), ...this.#timer.headers, ...checked],
        body: sdpBody(sdp),
      },
      this.#tag,
    );
    this.#state = "answering";
    this.#session = new Session({
      core: this.#core,
      sdp,
      peerAllows: this.request.headers.all("Allow"),
      agreed: this.#timer.agreed,
      answered: {
        transaction: this.#transaction,
        response,
        offer: this.sdp === null,
        answer: () => this.#answer,
        whenReady: (run) =>
          this.#reliable.whenIdle(() => {
            this.#settle("answered");
            run();
          }),
        withdraw: () => {
          this.#settle("over");
          this.#context.respond(this.#transaction, { status: 480 }, this.#tag);
        },
      },
    });
    return this.#session;
  }

  reject(status: number, headers?: readonly HeaderPair[]): void {
    const checked = checkedHeaders(headers);
    if (!Number.isInteger(status) || status < 300 || status > 699)
      throw new Failure("invalid-request", "A refusal is 300 to 699.");
    if (this.#state !== "ringing") return;
    this.#settle("over");
    this.#context.respond(this.#transaction, { status, headers: checked }, this.#tag);
  }

  shut(): void {
    this.#give({ status: 503 }, { reason: "the user agent closes" });
  }

  /** @see Cancelable */
  canceled(headers: Headers): void {
    this.#give({ status: 487 }, { headers });
  }

  /** @see Party */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!this.#core.take(request)) {
      this.#context.respond(transaction, { status: 500, headers: [this.#context.retryAfter()] });
      return;
    }
    const refusal = screen(request, false);
    if (refusal) this.#context.respond(transaction, refusal);
    else if (request.method === "PRACK") this.#receivePrack(transaction);
    else if (request.method === "BYE") this.#receiveBye(transaction);
    else {
      const offering = this.sdp !== null && !this.#described ? "theirs" : "neither";
      this.#context.respond(transaction, answerEarly(this.#context, this.#core, transaction, offering));
    }
  }

  /** @see Party */
  ackReceived(): void {
    // That of a refusal is the transaction's, and there is no 2xx yet.
  }

  #receivePrack(transaction: ServerTransaction): void {
    const { request } = transaction;
    const sdp = sdpOf(request);
    const answered = this.sdp === null && this.#described;
    // It may hold the answer to our offer, or an offer once more, which there is nobody to answer yet.
    if (answered) this.#answer ??= sdp;
    const known = acknowledges(this.#reliable, request, () =>
      this.#context.respond(transaction, { status: sdp === null || answered ? 200 : 488 }),
    );
    if (!known) this.#context.respond(transaction, { status: 481 });
  }

  /** 15: the caller may end an early dialog so. */
  #receiveBye(transaction: ServerTransaction): void {
    this.#context.respond(transaction, { status: 200 });
    this.#give({ status: 487 }, { headers: transaction.request.headers });
  }

  #introduction(): readonly HeaderPair[] {
    return [
      // 12.1.1.
      ...this.request.headers.all("Record-Route").map((route) => ["Record-Route", route] as const),
      ["Contact", this.#context.contact(this.flow.local.protocol)],
      ["Allow", allow],
      ["Supported", supported.join(", ")],
    ];
  }

  /** Ends it for the caller's sake, or for want of somebody. */
  #give(answer: Answer, why: { readonly headers: Headers } | { readonly reason: string }): void {
    if (this.#state !== "ringing" && this.#state !== "answering") return;
    this.#settle("over");
    this.#context.respond(this.#transaction, answer, this.#tag);
    if (!this.#session) this.#tellCanceled("headers" in why ? why.headers : null);
    else if ("headers" in why) this.#session.over({ by: "bye", headers: why.headers });
    else this.#session.over({ by: "lost", reason: why.reason });
  }

  #settle(state: "answered" | "over"): void {
    this.#state = state;
    this.#stopExpiry();
    this.#reliable.close();
    this.#context.cancelables.delete(this.#transaction);
    this.#core.detach(this);
    this.#context.end(this);
  }

  #tellCanceled(headers: Headers | null): void {
    const handlers = this.#handlers;
    if (handlers) this.#context.tell(this.callId, "canceled", () => handlers.canceled(headers));
    else this.#untold = { headers };
  }
}

/** 13.3.1: an INVITE may say how long it is good for; longer than a day is for ever. */
function expiry(headers: Headers, { clock }: Context, run: () => void): () => void {
  const text = headers.get("Expires")?.trim() ?? "";
  return /^\d{1,5}$/u.test(text) ? clock.after(Number(text) * 1000, run) : () => undefined;
}

import { Failure } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import type { SipRequest, SipResponse } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { sequenceOf } from "../dialog/state.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { parseContentType } from "../values.ts";
import { checkedHeaders } from "./application-headers.ts";
import type { Lasting, Party } from "./context.ts";
import type { DialogCore } from "./dialog-core.ts";
import { digitOf, plainType, relayType } from "./dtmf.ts";
import type { Dialog, DialogHandlers, DialogId, HeaderPair, ReferHandlers } from "./model.ts";
import { Offers } from "./offers.ts";
import { capabilities } from "./options.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { sdpOf } from "./responses.ts";
import { screen } from "./screening.ts";
import type { Agreed } from "./session-timer.ts";
import { Transfers } from "./transfers.ts";

export interface SessionOptions {
  readonly core: DialogCore;
  /** What we described ourselves as. */
  readonly sdp: string;
  /** Methods that the peer's Allow names. */
  readonly peerAllows: readonly string[];
  readonly agreed: Agreed | null;
  /** Of a call to us: its INVITE and our 2xx, sent until it is acknowledged. `offer`: the 2xx holds our offer. */
  readonly answered?: {
    readonly transaction: ServerTransaction;
    readonly response: SipResponse;
    readonly offer: boolean;
    /** To that offer, if it came before the ACK. */
    readonly answer: () => string | null;
    /** Runs what sends the 2xx, at once or when it may be sent. */
    readonly whenReady: (run: () => void) => void;
    /** It is not to be sent any more. */
    readonly withdraw: () => void;
  };
}

export type Ending =
  | { readonly by: "bye"; readonly headers: Headers }
  | { readonly by: "lost"; readonly reason: string };

/**
 * A call that was answered:
 *
 *   open ── bye(), or lost ──► ending ── answer to our BYE, or none ──► ended
 *     └──────────── the peer's BYE ────────────────────────────────────► ended
 */
export class Session implements Dialog, Party, Lasting {
  readonly acknowledged: Promise<string | null>;
  readonly #core: DialogCore;
  readonly #offers: Offers;
  readonly #transfers: Transfers;
  readonly #acknowledgement = Promise.withResolvers<string | null>();
  readonly #answered: SessionOptions["answered"];
  #repeated: RepeatedAnswer | undefined;
  #state: "open" | "ending" | "ended" = "open";
  #confirmed: boolean;
  #handlers: Partial<DialogHandlers> = {};
  /** What is still to be told, when nobody was there to be told. */
  #untold: Ending | undefined;
  #leaving: Promise<void> | undefined;
  readonly #left = Promise.withResolvers<void>();

  constructor({ core, sdp, peerAllows, agreed, answered }: SessionOptions) {
    this.#core = core;
    this.#answered = answered;
    this.#confirmed = answered === undefined;
    this.acknowledged = this.#acknowledgement.promise;
    // Who does not wait for it is told by `lost` or `bye`.
    this.acknowledged.catch(() => undefined);
    core.context.begin(this);
    this.#transfers = new Transfers(core, () => this.#handlers.refer?.bind(this.#handlers));
    this.#offers = new Offers({
      core,
      role: answered ? "callee" : "caller",
      sdp,
      peerAllows,
      agreed,
      handler: () => this.#handlers.reinvite?.bind(this.#handlers),
      lost: (reason) => this.#lose(reason),
      ready: this.acknowledged,
    });
    if (answered) {
      answered.whenReady(() => this.#answer());
    } else {
      core.attach(this);
      this.#acknowledgement.resolve(null);
    }
  }

  get callId(): string {
    return this.#core.id.callId;
  }

  get localTag(): string {
    return this.#core.id.localTag;
  }

  get remoteTag(): string {
    return this.#core.id.remoteTag;
  }

  get open(): boolean {
    return this.#state === "open";
  }

  get dialog(): Dialog {
    return this;
  }

  handle(handlers: Partial<DialogHandlers>): void {
    this.#handlers = handlers;
    const untold = this.#untold;
    this.#untold = undefined;
    if (untold) this.#tell(untold);
  }

  bye(headers?: readonly HeaderPair[]): Promise<void> {
    const checked = checkedHeaders(headers);
    if (this.#state === "ended") return Promise.resolve();
    this.#leaving ??= this.#leave(checked);
    return this.#leaving;
  }

  async info(contentType: string, body: string): Promise<number> {
    if (!this.open) return 481;
    const { status } = await this.#core.ask("INFO", { body: { type: contentType, content: body } });
    this.#judge("INFO", status);
    return status;
  }

  async reinvite(sdp: string): Promise<string> {
    if (!this.open) throw new Failure("already-ended", "The call has ended.");
    return this.#offers.reinvite(sdp);
  }

  async refer(
    to: string,
    { replaces }: { readonly replaces?: DialogId },
    handlers: ReferHandlers,
  ): Promise<number> {
    if (!this.open) return 481;
    const { status } = await this.#transfers.refer(to, replaces, handlers);
    this.#judge("REFER", status);
    return status;
  }

  shut(): void {
    void this.bye();
  }

  /** It ended before our answer could be sent. */
  over(ending: Ending): void {
    if (this.#state === "ended") return;
    const told = this.#state !== "open";
    this.#close();
    this.#gone();
    if (!told) this.#tell(ending);
  }

  /** @see Party */
  receive(transaction: ServerTransaction): void {
    const { context } = this.#core;
    const { request } = transaction;
    if (!this.#core.take(request)) {
      context.respond(transaction, { status: 500, headers: [context.retryAfter()] });
      return;
    }
    const refusal = screen(request, false);
    if (refusal) {
      context.respond(transaction, refusal);
      return;
    }
    try {
      if (request.method === "BYE") this.#receiveBye(transaction);
      else if (this.open) this.#receive(transaction);
      else context.respond(transaction, { status: 481 });
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      context.respond(transaction, { status: error.status });
    }
  }

  /** @see Party */
  ackReceived(ack: SipRequest): void {
    if (this.#offers.acknowledged(ack) || this.#confirmed || !this.#answered) return;
    if (sequenceOf(ack) !== sequenceOf(this.#answered.transaction.request)) return;
    this.#confirmed = true;
    this.#repeated?.stop();
    const { offer, answer } = this.#answered;
    this.#acknowledgement.resolve(offer ? (descriptionIn(ack) ?? answer()) : null);
  }

  #answer(): void {
    if (!this.#answered) return;
    const { transaction, response } = this.#answered;
    this.#core.attach(this);
    this.#repeated = new RepeatedAnswer(this.#core.context.clock, transaction, response, () =>
      this.#lose("the answer was not acknowledged"),
    );
  }

  #receive(transaction: ServerTransaction): void {
    const { context } = this.#core;
    switch (transaction.request.method) {
      case "INVITE":
      case "UPDATE":
        // Our answer is not acknowledged yet: the ACK may have been overtaken.
        if (this.#confirmed) this.#offers.receive(transaction);
        else context.respond(transaction, { status: 491 });
        break;
      case "INFO":
        this.#receiveInfo(transaction);
        break;
      case "REFER":
        this.#transfers.receiveRefer(transaction);
        break;
      case "NOTIFY":
        this.#transfers.receiveNotify(transaction);
        break;
      case "OPTIONS":
        context.respond(transaction, { status: 200, headers: capabilities });
        break;
      default:
        // A PRACK: no provisional response of a re-INVITE is reliable.
        context.respond(transaction, { status: 481 });
    }
  }

  #receiveInfo(transaction: ServerTransaction): void {
    const { context } = this.#core;
    const { headers, body } = transaction.request;
    const { digit, info } = this.#handlers;
    if (body.length === 0) {
      context.respond(transaction, { status: 200 });
      return;
    }
    const { type } = parseContentType(headers.get("Content-Type") ?? "");
    const pressed = digitOf(type, body);
    if (pressed) {
      context.respond(transaction, { status: 200 });
      context.tell(this.callId, "digit", () => digit?.call(this.#handlers, pressed));
    } else if (info) {
      context.respond(transaction, { status: 200 });
      context.tell(this.callId, "info", () => info.call(this.#handlers, { contentType: type, body }));
    } else {
      context.respond(transaction, { status: 415, headers: [["Accept", `${relayType}, ${plainType}`]] });
    }
  }

  #receiveBye(transaction: ServerTransaction): void {
    this.#core.context.respond(transaction, { status: 200 });
    this.over({ by: "bye", headers: transaction.request.headers });
  }

  /** 408 and 481 to whatever we ask: the peer, or its knowledge of the call, is gone (RFC 3261 12.2.1.2). */
  #judge(method: string, status: number): void {
    if (status === 408 || status === 481) this.#lose(`${method} was answered ${status}`);
  }

  #lose(reason: string): void {
    if (!this.open) {
      // The ACK that our BYE waited for will not come any more.
      this.#acknowledgement.reject(new Failure("not-confirmed", reason));
      return;
    }
    this.#core.context.log.info({ callId: this.callId, reason }, "a call is lost");
    this.#leaving = this.#leave([]);
    this.#acknowledgement.reject(new Failure("not-confirmed", reason));
    this.#tell({ by: "lost", reason });
  }

  async #leave(headers: readonly HeaderPair[]): Promise<void> {
    this.#close();
    this.#state = "ending";
    if (this.#answered && !this.#repeated) {
      this.#answered.withdraw();
      this.#gone();
      return;
    }
    // 15: the callee's BYE must not overtake the ACK it waits for.
    await Promise.race([this.acknowledged.catch(() => undefined), this.#left.promise]);
    if (this.#ended()) return;
    const added = (to: Headers): void => {
      for (const [name, value] of headers) to.append(name, value);
    };
    await Promise.race([this.#core.ask("BYE", { headers: added }), this.#left.promise]);
    this.#gone();
  }

  #ended(): boolean {
    return this.#state === "ended";
  }

  /** Nothing more is asked or accepted in it. */
  #close(): void {
    this.#offers.close();
    this.#transfers.close();
  }

  #gone(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#repeated?.stop();
    if (!this.#confirmed)
      this.#acknowledgement.reject(
        new Failure("not-confirmed", "The call ended before it was acknowledged."),
      );
    this.#core.detach(this);
    this.#core.context.end(this);
    this.#left.resolve();
  }

  #tell(ending: Ending): void {
    const { bye, lost } = this.#handlers;
    const { context } = this.#core;
    if (ending.by === "bye" && bye)
      context.tell(this.callId, "bye", () => bye.call(this.#handlers, ending.headers));
    else if (ending.by === "lost" && lost)
      context.tell(this.callId, "lost", () => lost.call(this.#handlers, ending.reason));
    else this.#untold = ending;
  }
}

function descriptionIn(ack: SipRequest): string | null {
  try {
    return sdpOf(ack);
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

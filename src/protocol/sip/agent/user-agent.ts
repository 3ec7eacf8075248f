import { createHash } from "node:crypto";
import { Failure, reasonOf } from "../../../base/index.ts";
import { parseReplaces } from "../dialog/replaces.ts";
import type { Flow, SipMessage, SipRequest, SipResponse, TransportEvents } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { tagOf } from "../transaction/matching.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import { CountingClock } from "../transaction/timers.ts";
import { Transactions } from "../transaction/transactions.ts";
import { parseValue } from "../values.ts";
import { Context } from "./context.ts";
import { IncomingCall } from "./incoming-call.ts";
import type {
  AgentCounts,
  Dialog,
  DialogId,
  InviteOptions,
  Limits,
  OutgoingHandlers,
  OutgoingInvite,
  RegisterOptions,
  Registration,
  RegistrationHandlers,
  Transports,
  UserAgentOptions,
} from "./model.ts";
import { capabilities } from "./options.ts";
import { OutgoingCall } from "./outgoing-call.ts";
import { KeptRegistration } from "./registration.ts";
import type { Answer } from "./responses.ts";
import { screen } from "./screening.ts";
import { answerTimer } from "./session-timer.ts";

const usualLimits: Limits = { transactions: 20_000, dialogs: 5000 };
/** Seconds after which an overloaded agent may be asked again. */
const overloadedFor = "5";
/** Milliseconds that closing waits for the peers: a lost BYE goes out four times meanwhile. */
const closingFor = 4000;

/** A SIP user agent (RFC 3261), INVITE both ways and registration, over the transports it is given. */
export class UserAgent {
  readonly #options: UserAgentOptions;
  readonly #limits: Limits;
  readonly #clock: CountingClock;
  readonly #context: Context;
  readonly #transports: Transports;
  #dropped = 0;
  #open = true;
  #closing: Promise<void> | undefined;

  private constructor(options: UserAgentOptions, transports: Transports) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#transports = transports;
    this.#clock = new CountingClock(options.clock);
    const { ids, log, userAgent, contactUser } = options;
    this.#context = new Context({
      transports,
      clock: this.#clock,
      ids,
      random: options.random ?? Math.random,
      log,
      userAgent,
      contactUser,
    });
    this.#context.transactions = new Transactions({
      transports,
      clock: this.#clock,
      ids,
      log,
      limit: this.#limits.transactions,
      user: {
        request: (transaction) => this.#guarded(transaction, () => this.#receive(transaction)),
        acknowledged: (ack) => this.#acknowledged(ack),
        expected: (request) => this.#expected(request),
        overloaded: (request) => this.#overloaded(request),
      },
    });
  }

  /** Rejects as `listen` does. */
  static async open(options: UserAgentOptions): Promise<UserAgent> {
    // What comes while the other transport is being opened is sent again by whoever wants an answer.
    let agent: UserAgent | undefined;
    const events: TransportEvents = {
      message: (message, flow) => {
        if (agent) agent.#arrived(message, flow);
      },
      disconnected: (flow) => {
        if (agent) agent.#disconnected(flow);
      },
    };
    agent = new UserAgent(options, await options.listen(events));
    return agent;
  }

  /**
   * Returns at once; nothing is told to `handlers` before it returns.
   * @throws Failure `invalid-request`, `unsafe-text`, `shutting-down`; SipParseError for a URI that is none
   */
  invite(options: InviteOptions, handlers: OutgoingHandlers): OutgoingInvite {
    this.#refuseWhenClosing();
    const call = new OutgoingCall(this.#context, options, handlers);
    if (this.#context.lasting >= this.#limits.dialogs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      void promise.then(() =>
        this.#context.tell(call.callId, "rejected", () =>
          handlers.rejected({ status: 503, reason: "Too Many Calls", headers: null }),
        ),
      );
      resolve();
    } else {
      call.start();
    }
    return call;
  }

  /** @throws Failure `unsafe-text`, `shutting-down`; SipParseError for a URI that is none */
  register(options: RegisterOptions, handlers: RegistrationHandlers): Registration {
    this.#refuseWhenClosing();
    const registration = new KeptRegistration(this.#context, options, handlers);
    registration.start();
    return registration;
  }

  counts(): AgentCounts {
    return {
      transactions: this.#context.transactions.count,
      dialogs: this.#context.lasting,
      timers: this.#clock.pending,
      dropped: this.#dropped,
    };
  }

  /** Un-registers, cancels, rejects with 503 and ends with BYE what is left. Idempotent; settles everything. */
  close(): Promise<void> {
    this.#open = false;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stop = this.#clock.after(closingFor, resolve);
    await Promise.race([this.#context.shut(), late]);
    stop();
    this.#context.transactions.close();
    await Promise.all(Object.values(this.#transports).map(async (transport) => transport.close()));
  }

  #refuseWhenClosing(): void {
    if (!this.#open) throw new Failure("shutting-down", "The user agent is closing.");
  }

  #arrived(message: SipMessage, flow: Flow): void {
    if (!this.#options.admit(flow)) {
      this.#dropped += 1;
      return;
    }
    try {
      this.#context.transactions.receive(message, flow);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#context.log.debug({ reason: reasonOf(error) }, "a SIP message that cannot be matched");
    }
  }

  #disconnected(flow: Flow): void {
    this.#context.transactions.disconnected(flow);
    this.#context.disconnected(flow);
  }

  /** What ends a call, or goes on with it: nobody else knows its tags, or its INVITE's branch. */
  #expected(request: SipRequest): boolean {
    if (request.method === "CANCEL") return this.#context.transactions.inviteOf(request) !== undefined;
    const id = dialogIdOf(request);
    return id !== undefined && this.#context.party(id) !== undefined;
  }

  #overloaded(request: SipRequest): SipResponse {
    // Made of the request alone, so that every time it comes it gets the same tag (8.2.7).
    const tag = createHash("sha256")
      .update(request.headers.get("Via") ?? "")
      .digest("hex")
      .slice(0, 16);
    const headers = [["Retry-After", overloadedFor]] as const;
    return this.#context.responseTo(request, { status: 503, headers }, tag);
  }

  #guarded(transaction: ServerTransaction, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#context.respond(transaction, { status: error.status });
    }
  }

  #acknowledged(ack: SipRequest): void {
    const id = dialogIdOf(ack);
    if (id) this.#context.party(id)?.ackReceived(ack);
  }

  /** RFC 3261 8.2 and 12.2.2. */
  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === "CANCEL") {
      this.#cancel(transaction);
      return;
    }
    const id = dialogIdOf(request);
    const party = id && this.#context.party(id);
    if (party) {
      party.receive(transaction);
      return;
    }
    const answer = id ? this.#toStrangers(request) : this.#outside(transaction);
    if (answer) this.#context.respond(transaction, answer);
  }

  /** 9.2. */
  #cancel(transaction: ServerTransaction): void {
    const invite = this.#context.transactions.inviteOf(transaction.request);
    this.#context.respond(transaction, { status: invite ? 200 : 481 });
    if (invite) this.#context.cancelables.get(invite)?.canceled(transaction.request.headers);
  }

  /** With a To tag that is none of ours (12.2.2). */
  #toStrangers(request: SipRequest): Answer {
    if (request.method === "OPTIONS") return { status: 200, headers: capabilities };
    return screen(request, true) ?? { status: 481 };
  }

  /** Null: it was dealt with. */
  #outside(transaction: ServerTransaction): Answer | null {
    const { request } = transaction;
    if (this.#context.transactions.isMerged(transaction)) return { status: 482 };
    const refusal = screen(request, true);
    if (refusal) return refusal;
    switch (request.method) {
      case "INVITE":
        return this.#invited(transaction);
      case "OPTIONS":
        return { status: 200, headers: capabilities };
      case "REFER":
        // Nobody is there to be transferred.
        return { status: 603 };
      case "NOTIFY":
        return parseValue(request.headers.get("Event") ?? "").value.toLowerCase() === "refer"
          ? { status: 481 }
          : { status: 489, headers: [["Allow-Events", "refer"]] };
      default:
        return { status: 481 };
    }
  }

  #invited(transaction: ServerTransaction): Answer | null {
    const { request } = transaction;
    if (!this.#open || this.#context.lasting >= this.#limits.dialogs)
      return { status: 503, headers: [["Retry-After", overloadedFor]] };
    const timer = answerTimer(request);
    if ("refusal" in timer) return timer.refusal;
    const replaced = this.#replacedBy(request);
    if (replaced && "status" in replaced) return replaced;
    this.#context.respond(transaction, { status: 100 });
    const call = new IncomingCall(this.#context, transaction, { replaces: replaced, timer });
    if (!this.#context.tell(call.callId, "invite", () => this.#options.handlers.invite(call)))
      call.reject(500);
    return null;
  }

  /** RFC 3891 3. */
  #replacedBy({ headers }: SipRequest): Dialog | Answer | null {
    if (!headers.has("Replaces")) return null;
    if (headers.count("Replaces") > 1) return { status: 400 };
    const { callId, localTag, remoteTag, earlyOnly } = parseReplaces(headers.get("Replaces") ?? "");
    // Its tags are named from our side: our own is its `to-tag`.
    const dialog = this.#context.party({ callId, localTag: remoteTag, remoteTag: localTag })?.dialog;
    if (!dialog) return { status: 481 };
    if (!dialog.open) return { status: 603 };
    return earlyOnly ? { status: 486 } : dialog;
  }
}

/** The dialog that a request of the peer's is in; undefined without a To tag. Throws a SipParseError. */
function dialogIdOf(request: SipRequest): DialogId | undefined {
  const localTag = tagOf(request, "To");
  if (localTag === undefined) return undefined;
  return { callId: request.headers.get("Call-ID") ?? "", localTag, remoteTag: tagOf(request, "From") ?? "" };
}

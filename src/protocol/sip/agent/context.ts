import type { Clock, Ids, Logger } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import { hostText } from "../host.ts";
import type { Flow, Protocol, SipRequest, SipResponse } from "../model.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { Transactions } from "../transaction/transactions.ts";
import type { Dialog, DialogId, HeaderPair, Transports } from "./model.ts";
import { responseTo, type Answer } from "./responses.ts";
import { allow, supported } from "./words.ts";

/** Who a dialog's requests are for. */
export interface Party {
  /** A request in the dialog other than ACK and CANCEL; to be answered. */
  receive(transaction: ServerTransaction): void;
  /** The ACK of a 2xx. */
  ackReceived(ack: SipRequest): void;
  /** Once the call is answered. */
  readonly dialog?: Dialog | undefined;
}

/** Who an INVITE's CANCEL is for. */
export interface Cancelable {
  canceled(headers: Headers): void;
}

/** Whatever lasts: told to end when the agent closes, and counted until it has. */
export interface Lasting {
  shut(): void;
  /** A connection is gone. */
  disconnected?(flow: Flow): void;
}

export interface ContextOptions {
  readonly transports: Transports;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly ids: Pick<Ids, "secret">;
  readonly random: () => number;
  readonly log: Logger;
  readonly userAgent: string;
  readonly contactUser: string;
}

const keyOf = ({ callId, localTag, remoteTag }: DialogId): string => [callId, localTag, remoteTag].join(" ");

/** What the agent's parts share. */
export class Context {
  readonly clock: Pick<Clock, "now" | "after">;
  readonly random: () => number;
  readonly log: Logger;
  readonly userAgent: string;
  /** Set once, before anything is sent or received. */
  transactions!: Transactions;
  readonly cancelables = new Map<ServerTransaction, Cancelable>();
  readonly #options: ContextOptions;
  readonly #parties = new Map<string, Party>();
  readonly #lasting = new Set<Lasting>();
  #emptied: (() => void) | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.log = options.log;
    this.userAgent = options.userAgent;
  }

  /** For a tag or a Call-ID: no one can guess it (RFC 3261 19.3). */
  token(): string {
    return this.#options.ids.secret(12);
  }

  /** Our Contact for what goes over `protocol`; without a parameter it is UDP (RFC 3263 4.1). */
  contact(protocol: Protocol): string {
    const { contactUser, transports } = this.#options;
    const local = (transports[protocol] ?? transports.UDP ?? transports.TCP)?.local;
    const host = local ? `${hostText(local.host)}:${local.port}` : "invalid";
    return `<sip:${contactUser}@${host}${protocol === "TCP" ? ";transport=tcp" : ""}>`;
  }

  /** What every request that may open a session says of us (8.1.1.9, 13.2.1). */
  introduce(headers: Headers, protocol: Protocol): void {
    headers.set("Contact", this.contact(protocol));
    headers.set("User-Agent", this.userAgent);
    headers.set("Allow", allow);
    headers.set("Supported", supported.join(", "));
  }

  responseTo(request: SipRequest, answer: Answer, tag = this.token()): SipResponse {
    return responseTo(request, answer, { tag, server: this.userAgent });
  }

  respond(transaction: ServerTransaction, answer: Answer, tag?: string): void {
    transaction.respond(this.responseTo(transaction.request, answer, tag));
  }

  /** A Retry-After of up to ten seconds, by chance (14.2). */
  retryAfter(): HeaderPair {
    return ["Retry-After", String(Math.floor(this.random() * 11))];
  }

  /** Calls the application about that call or registration: what it throws is logged, and false is answered. */
  tell(callId: string, what: string, run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      this.log.error({ err: error, callId }, `the application failed at ${what}`);
      return false;
    }
  }

  attach(id: DialogId, party: Party): void {
    this.#parties.set(keyOf(id), party);
  }

  detach(id: DialogId, party: Party): void {
    if (this.#parties.get(keyOf(id)) === party) this.#parties.delete(keyOf(id));
  }

  party(id: DialogId): Party | undefined {
    return this.#parties.get(keyOf(id));
  }

  get lasting(): number {
    return this.#lasting.size;
  }

  begin(one: Lasting): void {
    this.#lasting.add(one);
  }

  end(one: Lasting): void {
    this.#lasting.delete(one);
    if (this.#lasting.size === 0) this.#emptied?.();
  }

  disconnected(flow: Flow): void {
    for (const one of this.#lasting) one.disconnected?.(flow);
  }

  /** Ends whatever lasts; resolves when it has ended. */
  async shut(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    for (const one of this.#lasting) one.shut();
    if (this.#lasting.size === 0) resolve();
    return promise;
  }
}

import { reasonOf, type Clock, type Ids, type Logger } from "../../../base/index.ts";
import type { Flow, Protocol, SipAddress, SipMessage, SipRequest, SipResponse, Transport } from "../model.ts";
import { printMessage } from "../print.ts";
import { addressText, requestProtocol, responseTargets } from "../routing.ts";
import { parseVia, printVia } from "../via.ts";
import { cancelOf, ClientTransaction, type ClientUser } from "./client-transaction.ts";
import { clientKeyOf, fitsLegacyTag, magicCookie, originOf, serverKeyOf, tagOf } from "./matching.ts";
import { ServerTransaction } from "./server-transaction.ts";
import { Timers } from "./timers.ts";

/** Whoever answers requests. */
export interface TransactionUser {
  /** A new request, which is to be answered. */
  request(transaction: ServerTransaction): void;
  /** An ACK that belongs to no refusal: that of a 2xx. */
  acknowledged(ack: SipRequest): void;
  /** Whether a request belongs to something that there is already: such ones no flood may keep away. Throws a SipParseError. */
  expected(request: SipRequest): boolean;
  /** More server transactions than there may be; answered without a transaction. */
  overloaded(request: SipRequest): SipResponse;
}

export interface TransactionsOptions {
  readonly transports: Readonly<Partial<Record<Protocol, Transport>>>;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly ids: Pick<Ids, "secret">;
  readonly log: Logger;
  readonly user: TransactionUser;
  /** Of the peers' requests; those that are expected come on top. */
  readonly limit: number;
}

const callIdOf = ({ headers }: SipMessage): string => headers.get("Call-ID") ?? "";

/** How long a peer that refused a TCP connection is not asked for another in place of UDP. */
const noTcpFor = 600_000;

/** The transaction layer (RFC 3261 17): machines on timers, matched to what comes in. */
export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Requests outside dialogs, by what makes them one when they come by two ways (8.2.2.2). */
  readonly #origins = new Map<string, ServerTransaction>();
  readonly #withoutTcp = new Map<string, number>();
  #strays = 0;
  #closed = false;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Responses that answered nothing of ours; they are dropped (RFC 6026 7.3). */
  get strays(): number {
    return this.#strays;
  }

  /** Sends a request, which has no Via yet, and follows it up. */
  request(request: SipRequest, to: SipAddress, user: ClientUser): ClientTransaction {
    const branch = `${magicCookie}${this.#options.ids.secret(12)}`;
    const wanted = this.#stamped(request, to, branch);
    // A request without a body is never large: do not print what need not be measured.
    const bytes = request.body.length === 0 ? 0 : printMessage(wanted).length;
    const protocol = requestProtocol(bytes, to.protocol, this.#takesTcp(to));
    if (protocol === to.protocol) return this.#start(wanted, to, user);
    const tcp = { ...to, protocol };
    return this.#start(this.#stamped(request, tcp, branch), tcp, user, { request: wanted, to });
  }

  /** CANCEL of an INVITE that is not yet answered (9.1); what becomes of the CANCEL itself concerns nobody. */
  cancel(invite: ClientTransaction, headers: Iterable<readonly [string, string]> = []): void {
    const request = cancelOf(invite.request);
    for (const [name, value] of headers) request.headers.append(name, value);
    this.#start(request, invite.to, { response: () => undefined, failed: () => undefined });
  }

  /** Sends a request that is no transaction, the ACK of a 2xx: once; answers it with its Via, to be sent again. */
  sendAck(ack: SipRequest, to: SipAddress): SipRequest {
    const stamped = this.#stamped(ack, to, `${magicCookie}${this.#options.ids.secret(12)}`);
    this.resendAck(stamped, to);
    return stamped;
  }

  resendAck(ack: SipRequest, to: SipAddress): void {
    this.#send(ack, to).catch((error: unknown) => {
      const about = { callId: callIdOf(ack), to: addressText(to), reason: reasonOf(error) };
      this.#options.log.debug(about, "an ACK could not be sent");
    });
  }

  /** The INVITE that a CANCEL is about. Throws a SipParseError. */
  inviteOf(cancel: SipRequest): ServerTransaction | undefined {
    const transaction = this.#servers.get(serverKeyOf(cancel, "INVITE"));
    return transaction && fitsLegacyTag(cancel, transaction.request, transaction.response)
      ? transaction
      : undefined;
  }

  /** Whether the same request came by another way and is still being dealt with (8.2.2.2). */
  isMerged(transaction: ServerTransaction): boolean {
    const first = this.#origins.get(originOf(transaction.request));
    return first !== undefined && first !== transaction;
  }

  /** Throws a SipParseError for a message whose mandatory headers cannot be read. */
  receive(message: SipMessage, flow: Flow): void {
    if (message.kind === "request") this.#receiveRequest(message, flow);
    else this.#receiveResponse(message, flow);
  }

  disconnected(flow: Flow): void {
    for (const client of this.#clients.values()) client.disconnected(flow);
  }

  /** Forgets everything; what waits for an answer has failed, now and from now on. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients.values()) client.close();
    for (const server of this.#servers.values()) server.abandon();
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const client = this.#clients.get(clientKeyOf(response));
    if (client) client.receive(response, flow);
    else this.#strays += 1;
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    if (this.#closed) return;
    const key = serverKeyOf(request);
    const known = this.#servers.get(key);
    const server = known && fitsLegacyTag(request, known.request, known.response) ? known : undefined;
    if (request.method === "ACK") {
      if (server) server.acknowledge(request);
      else this.#options.user.acknowledged(request);
    } else if (server) {
      server.repeat();
    } else if (this.#servers.size >= this.#options.limit && !this.#options.user.expected(request)) {
      this.#respond(this.#options.user.overloaded(request), flow).catch(() => undefined);
    } else {
      this.#serve(key, request, flow);
    }
  }

  #serve(key: string, request: SipRequest, flow: Flow): void {
    const { clock, log, user } = this.#options;
    const outside = request.method !== "CANCEL" && tagOf(request, "To") === undefined;
    const origin = outside ? originOf(request) : undefined;
    const server: ServerTransaction = new ServerTransaction(request, flow, {
      timers: new Timers(clock),
      send: (response) => this.#respond(response, flow),
      acknowledged: (ack) => user.acknowledged(ack),
      failed: (reason) =>
        log.debug(
          { callId: callIdOf(request), method: request.method, reason },
          "a response was not acknowledged or not sent",
        ),
      ended: () => {
        if (this.#servers.get(key) === server) this.#servers.delete(key);
        if (origin !== undefined && this.#origins.get(origin) === server) this.#origins.delete(origin);
      },
    });
    this.#servers.set(key, server);
    if (origin !== undefined && !this.#origins.has(origin)) this.#origins.set(origin, server);
    user.request(server);
  }

  #start(
    request: SipRequest,
    to: SipAddress,
    user: ClientUser,
    otherwise?: { readonly request: SipRequest; readonly to: SipAddress },
  ): ClientTransaction {
    const key = clientKeyOf(request);
    const client = new ClientTransaction(request, to, {
      user,
      timers: new Timers(this.#options.clock),
      send: (message, address) => this.#send(message, address),
      ended: () => this.#clients.delete(key),
      ...(otherwise ? { otherwise: { ...otherwise, taken: () => this.#noteNoTcp(to) } } : {}),
    });
    this.#clients.set(key, client);
    if (this.#closed) queueMicrotask(() => client.close());
    else client.start();
    return client;
  }

  /** 8.1.1.7 and RFC 3581. */
  #stamped(request: SipRequest, { protocol }: SipAddress, branch: string): SipRequest {
    const local = this.#options.transports[protocol]?.local;
    const rport = protocol === "UDP" ? [["rport", null] as const] : [];
    const params = new Map<string, string | null>([["branch", branch], ...rport]);
    const via = printVia({ protocol, host: local?.host ?? "invalid", port: local?.port ?? 0, params });
    return { ...request, headers: request.headers.copy().prepend("Via", via) };
  }

  async #send(message: SipMessage, to: SipAddress): Promise<Flow> {
    const transport = this.#options.transports[to.protocol];
    if (!transport) throw new Error(`there is no ${to.protocol} here`);
    return transport.send(message, to);
  }

  /** 18.2.2: where the request came from, else where its Via says. */
  async #respond(response: SipResponse, flow: Flow): Promise<void> {
    const via = parseVia(response.headers.get("Via") ?? "");
    let failure: unknown = new Error("there is no way back");
    for (const target of responseTargets(via, flow)) {
      try {
        await this.#send(response, target);
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #takesTcp(to: SipAddress): boolean {
    if (!this.#options.transports.TCP) return false;
    const until = this.#withoutTcp.get(addressText(to));
    return until === undefined || until <= this.#options.clock.now();
  }

  #noteNoTcp(to: SipAddress): void {
    if (this.#withoutTcp.size >= 1000) this.#withoutTcp.clear();
    this.#withoutTcp.set(addressText(to), this.#options.clock.now() + noTcpFor);
  }
}

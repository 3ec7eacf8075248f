import { Headers } from "../headers.ts";
import type { Flow, SipAddress, SipRequest, SipResponse } from "../model.ts";
import { parseCSeq } from "../sequence.ts";
import { inviteClient, stepInviteClient } from "./invite-client.ts";
import { Running, type ClientInput, type Effect, type FailureReason, type Machine } from "./machine.ts";
import { nonInviteClient, stepNonInviteClient } from "./non-invite-client.ts";
import type { Timers } from "./timers.ts";

/** Whoever sent the request. */
export interface ClientUser {
  /** 100 to 699; of INVITE every 2xx, retransmissions and forks included (RFC 6026). */
  response(response: SipResponse, flow: Flow): void;
  /** Nothing came, or nothing could be sent; to be taken for 408 and 503 (RFC 3261 8.1.3.1). */
  failed(reason: FailureReason): void;
}

export interface ClientParts {
  readonly user: ClientUser;
  readonly timers: Timers;
  readonly send: (request: SipRequest, to: SipAddress) => Promise<Flow>;
  readonly ended: () => void;
  /** Another way to the same place, when there is none by this one. */
  readonly otherwise?: {
    readonly request: SipRequest;
    readonly to: SipAddress;
    readonly taken: () => void;
  };
}

function machineFor(request: SipRequest, to: SipAddress): Machine<ClientInput> {
  const reliable = to.protocol === "TCP";
  return request.method === "INVITE"
    ? new Running(inviteClient(reliable), stepInviteClient)
    : new Running(nonInviteClient(reliable), stepNonInviteClient);
}

/** A request of ours on its way (17.1). */
export class ClientTransaction {
  #request: SipRequest;
  #to: SipAddress;
  #machine: Machine<ClientInput>;
  #parts: ClientParts;
  #flow: Flow | undefined;
  #over = false;

  constructor(request: SipRequest, to: SipAddress, parts: ClientParts) {
    this.#request = request;
    this.#to = to;
    this.#parts = parts;
    this.#machine = machineFor(request, to);
  }

  /** As it was sent, with its Via. */
  get request(): SipRequest {
    return this.#request;
  }

  get to(): SipAddress {
    return this.#to;
  }

  get state(): string {
    return this.#machine.name;
  }

  start(): void {
    this.#take({ type: "start" });
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#take({ type: "response", status: response.status }, response, flow);
  }

  /** The connection that it was sent on is gone: what was not yet answered is not going to be. */
  disconnected(flow: Flow): void {
    const unanswered = this.state === "calling" || this.state === "trying";
    if (unanswered && this.#flow && sameFlow(this.#flow, flow)) this.#take({ type: "transport-error" });
  }

  /** There is no network any more. */
  close(): void {
    if (this.#over) return;
    this.abandon();
    this.#parts.user.failed("transport");
  }

  /** Forgets it without a word to its user. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.timers.clear();
    this.#parts.ended();
  }

  #take(input: ClientInput, response?: SipResponse, flow?: Flow): void {
    if (this.#over) return;
    const effects = this.#machine.take(input);
    if (this.#machine.name === "terminated" && this.#fallsBack(effects)) return;
    for (const effect of effects) this.#do(effect, response, flow);
    if (this.#machine.name === "terminated") this.abandon();
  }

  #do(effect: Effect, response: SipResponse | undefined, flow: Flow | undefined): void {
    switch (effect.type) {
      case "send":
      case "resend":
        this.#send(this.#request);
        break;
      case "acknowledge":
        if (response) this.#send(refusalAck(this.#request, response));
        break;
      case "tell":
        if (response && flow) this.#parts.user.response(response, flow);
        break;
      case "start": {
        const { timer } = effect;
        this.#parts.timers.start(timer, effect.milliseconds, () => this.#take({ type: "timer", timer }));
        break;
      }
      case "stop":
        this.#parts.timers.stop(effect.timer);
        break;
      case "fail":
        this.#parts.user.failed(effect.reason);
        break;
    }
  }

  #send(request: SipRequest): void {
    const machine = this.#machine;
    this.#parts.send(request, this.#to).then(
      (flow) => (this.#flow = flow),
      // A way that was given up has no more to say.
      () => (machine === this.#machine ? this.#take({ type: "transport-error" }) : undefined),
    );
  }

  #fallsBack(effects: readonly Effect[]): boolean {
    const { otherwise, ...parts } = this.#parts;
    const noWay = effects.some((effect) => effect.type === "fail" && effect.reason === "transport");
    if (!otherwise || !noWay) return false;
    parts.timers.clear();
    otherwise.taken();
    this.#parts = parts;
    this.#request = otherwise.request;
    this.#to = otherwise.to;
    this.#machine = machineFor(otherwise.request, otherwise.to);
    this.start();
    return true;
  }
}

const sameFlow = (one: Flow, other: Flow): boolean =>
  one.local.protocol === other.local.protocol &&
  one.local.port === other.local.port &&
  one.remote.host === other.remote.host &&
  one.remote.port === other.remote.port;

/** 17.1.1.3: the INVITE's Request-URI, From, Call-ID, top Via and Route, the response's To. */
function refusalAck(invite: SipRequest, response: SipResponse): SipRequest {
  return following(invite, "ACK", response.headers.get("To") ?? "");
}

/** 9.1: the INVITE's Request-URI, From, To, Call-ID, top Via and Route. */
export const cancelOf = (invite: SipRequest): SipRequest =>
  following(invite, "CANCEL", invite.headers.get("To") ?? "");

function following(invite: SipRequest, method: string, to: string): SipRequest {
  const { headers, uri } = invite;
  const { number } = parseCSeq(headers.get("CSeq") ?? "");
  return {
    kind: "request",
    method,
    uri,
    headers: Headers.of([
      ["Via", headers.get("Via") ?? ""],
      ["Max-Forwards", "70"],
      ...headers.all("Route").map((route) => ["Route", route] as const),
      ["From", headers.get("From") ?? ""],
      ["To", to],
      ["Call-ID", headers.get("Call-ID") ?? ""],
      ["CSeq", `${number} ${method}`],
    ]),
    body: new Uint8Array(),
  };
}

import type { Flow, SipRequest, SipResponse } from "../model.ts";
import { inviteServer, stepInviteServer } from "./invite-server.ts";
import { Running, type Effect, type FailureReason, type Machine, type ServerInput } from "./machine.ts";
import { nonInviteServer, stepNonInviteServer } from "./non-invite-server.ts";
import type { Timers } from "./timers.ts";

export interface ServerParts {
  readonly timers: Timers;
  readonly send: (response: SipResponse) => Promise<unknown>;
  /** An ACK that the machine hands on (RFC 6026). */
  readonly acknowledged: (ack: SipRequest) => void;
  readonly failed: (reason: FailureReason) => void;
  readonly ended: () => void;
}

/** A request of the peer's that we are to answer, once, by a final response (17.2). */
export class ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #parts: ServerParts;
  readonly #machine: Machine<ServerInput>;
  #last: SipResponse | undefined;
  #over = false;

  constructor(request: SipRequest, flow: Flow, parts: ServerParts) {
    this.request = request;
    this.flow = flow;
    this.#parts = parts;
    const reliable = flow.local.protocol === "TCP";
    this.#machine =
      request.method === "INVITE"
        ? new Running(inviteServer(reliable), stepInviteServer)
        : new Running(nonInviteServer(reliable), stepNonInviteServer);
  }

  get state(): string {
    return this.#machine.name;
  }

  /** What was sent last. */
  get response(): SipResponse | undefined {
    return this.#last;
  }

  /** Whether a final response is still owed. */
  get open(): boolean {
    return this.state === "trying" || this.state === "proceeding";
  }

  /** A second final response is ignored, but for the 2xx of an INVITE, which its user repeats. */
  respond(response: SipResponse): void {
    this.#take({ type: "respond", status: response.status }, response);
  }

  /** The request again. */
  repeat(): void {
    this.#take({ type: "request" });
  }

  acknowledge(ack: SipRequest): void {
    this.#take({ type: "ack" }, undefined, ack);
  }

  /** Forgets it without a word to anybody. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.timers.clear();
    this.#parts.ended();
  }

  #take(input: ServerInput, response?: SipResponse, ack?: SipRequest): void {
    if (this.#over) return;
    for (const effect of this.#machine.take(input)) this.#do(effect, response, ack);
    if (this.#machine.name === "terminated") this.abandon();
  }

  #do(effect: Effect, response: SipResponse | undefined, ack: SipRequest | undefined): void {
    switch (effect.type) {
      case "send":
        this.#last = response;
        this.#send();
        break;
      case "resend":
        this.#send();
        break;
      case "tell":
        if (ack) this.#parts.acknowledged(ack);
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
        this.#parts.failed(effect.reason);
        break;
      case "acknowledge":
        break;
    }
  }

  #send(): void {
    if (!this.#last) return;
    this.#parts.send(this.#last).catch(() => this.#take({ type: "transport-error" }));
  }
}

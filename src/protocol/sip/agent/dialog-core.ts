import type { Credentials } from "../digest.ts";
import {
  hopAddress,
  requestIn,
  refreshTarget,
  sequenceOf,
  takeRequest,
  type DialogState,
} from "../dialog/state.ts";
import type { Headers } from "../headers.ts";
import type { SipAddress, SipMessage, SipRequest } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { ask, type Outcome, type Outgoing } from "./asking.ts";
import type { Context, Party } from "./context.ts";
import type { DialogId } from "./model.ts";
import { withBody, type Body } from "./responses.ts";

export interface InDialog {
  readonly headers?: (headers: Headers) => void;
  readonly body?: Body | undefined;
}

/** An ACK that is sent again for every 2xx that comes again (13.2.2.4). */
export interface SentAck {
  again(): void;
}

/** A dialog's state at work: requests out in order, requests in checked. */
export class DialogCore {
  readonly context: Context;
  readonly credentials: Credentials | undefined;
  #state: DialogState;
  #peer: SipAddress;

  /** `peer`: where the dialog was made from, for next hops that are names: those are not looked up. */
  constructor(context: Context, state: DialogState, peer: SipAddress, credentials?: Credentials) {
    this.context = context;
    this.#state = state;
    this.#peer = peer;
    this.credentials = credentials;
  }

  get id(): DialogId {
    return this.#state;
  }

  get state(): DialogState {
    return this.#state;
  }

  get peer(): SipAddress {
    return this.#peer;
  }

  attach(party: Party): void {
    this.context.attach(this.#state, party);
  }

  detach(party: Party): void {
    this.context.detach(this.#state, party);
  }

  /** The state of a 2xx takes the place of the early one's; numbers go on (13.2.2.4). */
  confirm(state: DialogState): void {
    const { localSequence, remoteSequence } = this.#state;
    this.#state = {
      ...state,
      localSequence: Math.max(localSequence, state.localSequence),
      remoteSequence: remoteSequence ?? state.remoteSequence,
    };
  }

  /** The dialog's next request, or one of the given number. */
  next(method: string, { headers, body }: InDialog = {}, sequence?: number): Outgoing {
    const { state, request, hop } = requestIn(this.#state, method, sequence);
    this.#state = state;
    request.headers.set("User-Agent", this.context.userAgent);
    headers?.(request.headers);
    return { request: withBody(request, body), to: this.#addressOf(hop) };
  }

  /** Sends a request other than INVITE and ACK; never rejects. */
  async ask(method: string, what: InDialog = {}): Promise<Outcome> {
    const outcome = await ask(this.context, () => this.next(method, what), this.credentials);
    if (outcome.response && outcome.status < 300 && method === "UPDATE") this.refresh(outcome.response);
    return outcome;
  }

  /** Acknowledges the 2xx of an INVITE of ours (13.2.2.4). */
  acknowledge(invite: SipRequest): SentAck {
    const headers = (ack: Headers): void => {
      for (const name of ["Authorization", "Proxy-Authorization"])
        for (const value of invite.headers.all(name)) ack.append(name, value);
    };
    const { request, to } = this.next("ACK", { headers }, sequenceOf(invite));
    const sent = this.context.transactions.sendAck(request, to);
    return { again: () => this.context.transactions.resendAck(sent, to) };
  }

  /** False for a request that is to be answered 500, as it is older than one before it (12.2.2). */
  take(request: SipRequest): boolean {
    const state = takeRequest(this.#state, request);
    if (state) this.#state = state;
    return state !== undefined;
  }

  /** Requests go to the Contact of that message from now on, if it has one. */
  refresh(message: SipMessage): void {
    try {
      this.#state = refreshTarget(this.#state, message);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
    }
  }

  #addressOf(hop: string): SipAddress {
    try {
      return hopAddress(hop) ?? this.#peer;
    } catch (error) {
      if (error instanceof SipParseError) return this.#peer;
      throw error;
    }
  }
}

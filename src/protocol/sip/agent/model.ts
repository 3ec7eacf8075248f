import type { Clock, Ids, Logger } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import type { Flow, Protocol, SipAddress, SipRequest, Transport, TransportEvents } from "../model.ts";

/**
 * A header that the application adds. Those that the agent writes itself are refused with the Failure
 * `invalid-request`, values holding CR, LF or NUL with `unsafe-text`.
 */
export type HeaderPair = readonly [name: string, value: string];

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Limits {
  /** Server transactions; a request beyond is answered 503 with Retry-After, and no state is made of it. */
  readonly transactions: number;
  /** Dialogs and calls that may become one; an INVITE beyond is answered 503 with Retry-After. */
  readonly dialogs: number;
}

export type Transports = Readonly<Partial<Record<Protocol, Transport>>>;

export interface UserAgentOptions {
  /** Opens what the agent speaks over: `openUdp`, `openTcp`, or a test's. */
  readonly listen: (events: TransportEvents) => Promise<Transports>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "secret">;
  /** In [0, 1), for the waits of RFC 3261 14.1 and of a failed registration; Math.random if not given. */
  readonly random?: () => number;
  readonly log: Logger;
  /** `User-Agent` and `Server`. */
  readonly userAgent: string;
  /** User part of our Contact. */
  readonly contactUser: string;
  /** Whether what comes on that flow may be believed; the rest is dropped without an answer, and counted. */
  readonly admit: (flow: Flow) => boolean;
  readonly handlers: UserAgentHandlers;
  readonly limits?: Partial<Limits>;
}

export interface UserAgentHandlers {
  /** A call for us; 100 was sent. It must end in `accept` or `reject`, unless it is told `canceled`. */
  invite(call: IncomingInvite): void;
}

/** What is alive; all zero when nothing is going on. */
export interface AgentCounts {
  readonly transactions: number;
  /** Dialogs, calls that may become one, and registrations. */
  readonly dialogs: number;
  readonly timers: number;
  /** Messages dropped since the start because `admit` did not let them in. */
  readonly dropped: number;
}

export interface InviteOptions {
  /** Request-URI. */
  readonly target: string;
  /** Next hop. */
  readonly to: SipAddress;
  readonly from: { readonly displayName?: string; readonly uri: string };
  /** URI of the To header; the Request-URI if not given. */
  readonly toUri?: string;
  readonly headers?: readonly HeaderPair[];
  /** Our offer. */
  readonly sdp: string;
  readonly credentials?: Credentials;
  readonly callId?: string;
  /** A dialog of ours, or of somebody else, that this call takes the place of (RFC 3891). */
  readonly replaces?: DialogId;
}

/** Of the call that we make. `provisional` any number of times, then exactly one of the others. */
export interface OutgoingHandlers {
  /** 101 to 199. `sdp`: an answer, as early media. */
  provisional(response: {
    readonly status: number;
    readonly reason: string;
    readonly headers: Headers;
    readonly sdp: string | null;
  }): void;
  /** ACK was sent. `sdp` is the answer, null when a reliable provisional response carried it (RFC 3262). */
  accepted(answer: { readonly dialog: Dialog; readonly headers: Headers; readonly sdp: string | null }): void;
  /** 300 to 699; 408, 487, 503 without `headers` when nobody said so: no answer, canceled, no way to send. */
  rejected(response: {
    readonly status: number;
    readonly reason: string;
    readonly headers: Headers | null;
  }): void;
}

export interface OutgoingInvite {
  readonly callId: string;
  /**
   * Gives up; `rejected` follows, 487 as a rule. CANCEL goes out once the first provisional response came (RFC 3261
   * 9.1), a 2xx that crosses it is acknowledged and ended with BYE. Idempotent.
   */
  cancel(headers?: readonly HeaderPair[]): void;
}

export interface IncomingInvite {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly callId: string;
  /** The caller's offer; null: `accept` makes one, and the answer comes with the ACK. */
  readonly sdp: string | null;
  /** The dialog of ours that the caller wants to take the place of (RFC 3891); it is for the application to end it. */
  readonly replaces: Dialog | null;
  /** Who is told; replaces what was given before. */
  handle(handlers: IncomingHandlers): void;
  /** 101 to 199, 180 if not given; after the end without effect. */
  ring(response?: {
    readonly status?: number;
    readonly sdp?: string;
    readonly headers?: readonly HeaderPair[];
  }): void;
  /** 200. @throws Failure `already-ended`, `already-accepted` */
  accept(sdp: string, headers?: readonly HeaderPair[]): Dialog;
  /** 300 to 699; after the end without effect. */
  reject(status: number, headers?: readonly HeaderPair[]): void;
}

export interface IncomingHandlers {
  /** CANCEL came, or a reliable provisional response was never acknowledged. The call is answered and over. */
  canceled(headers: Headers | null): void;
}

export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** A call that was answered. */
export interface Dialog extends DialogId {
  /**
   * Resolves when the caller's ACK came, to the answer in it where `accept` made the offer; at once for a call of ours.
   * Rejects with `not-confirmed` when the call ends before.
   */
  readonly acknowledged: Promise<string | null>;
  /** Whether neither side has ended it. */
  readonly open: boolean;
  /** Who is told; replaces what was given before. What nobody handles is refused as the RFCs want it. */
  handle(handlers: Partial<DialogHandlers>): void;
  /** Ends it: resolves once the peer confirmed or can no longer. Never rejects. Idempotent. */
  bye(headers?: readonly HeaderPair[]): Promise<void>;
  /** INFO (RFC 6086 legacy use); resolves to the status of the answer, 408 or 503 when there was none. */
  info(contentType: string, body: string): Promise<number>;
  /**
   * Our offer; resolves to the answer. Rejects with `peer-refused` `{status}`, after which the session is as before.
   * Glare (491) is retried as RFC 3261 14.1 says.
   */
  reinvite(sdp: string): Promise<string>;
  /** Asks the peer to call `to`; resolves to the status of the answer, 202 as a rule. */
  refer(to: string, options: { readonly replaces?: DialogId }, handlers: ReferHandlers): Promise<number>;
}

export interface ReferHandlers {
  /** What became of the transfer, by NOTIFY (RFC 3515): the status line of `message/sipfrag`. */
  notified(progress: { readonly status: number; readonly reason: string; readonly final: boolean }): void;
}

export interface DialogHandlers {
  /** The peer ended it. Nothing follows. */
  bye(headers: Headers): void;
  /** It ended for want of the peer: no ACK, no answer to a request of ours, its session expired (RFC 4028). */
  lost(reason: string): void;
  /** The peer's re-INVITE, or UPDATE, with an offer. One at a time. Unhandled: 488. */
  reinvite(offer: IncomingOffer): void;
  /** A digit by INFO. */
  digit(digit: { readonly digit: string; readonly milliseconds: number }): void;
  /** Any other INFO. Unhandled: 415. */
  info(info: { readonly contentType: string; readonly body: Uint8Array }): void;
  /** The peer asks us to call somebody. Unhandled: 603. */
  refer(refer: IncomingRefer): void;
}

export interface IncomingOffer {
  /** Null: we are to make the offer; `accept` resolves to the answer. */
  readonly sdp: string | null;
  readonly headers: Headers;
  /** Resolves when the peer acknowledged, to the answer if we made the offer; rejects with `not-confirmed`. */
  accept(sdp: string): Promise<string | null>;
  reject(status: number, headers?: readonly HeaderPair[]): void;
}

export interface IncomingRefer {
  /** Refer-To, without its header part. */
  readonly to: string;
  /** Out of the header part of Refer-To (RFC 3891): an attended transfer. */
  readonly replaces: DialogId | null;
  readonly headers: Headers;
  /** 202, and NOTIFY 100; `notify` tells the rest, a final status ends it. */
  accept(): { notify(status: number): void };
  reject(status: number, headers?: readonly HeaderPair[]): void;
}

export interface RegisterOptions {
  /** Request-URI, `sip:DOMAIN`. */
  readonly registrar: string;
  /** Where to send it. */
  readonly to: SipAddress;
  /** Address of record. */
  readonly uri: string;
  readonly credentials: Credentials;
  /** Seconds to ask for. */
  readonly expires: number;
}

export interface RegistrationHandlers {
  /** After each success; seconds granted. */
  registered(registration: { readonly expires: number }): void;
  /**
   * After each failure: status of the answer; 408 or 503, and not `answered`, when there was none. `retryIn`:
   * milliseconds.
   */
  failed(failure: {
    readonly status: number;
    readonly reason: string;
    readonly answered: boolean;
    readonly retryIn: number;
  }): void;
}

/** Keeps itself alive until it is closed. */
export interface Registration {
  readonly state: "registering" | "registered" | "failed" | "closed";
  /** Registers now, whatever the time: the registrar may have forgotten us. Without effect once closed. */
  refresh(): void;
  /** Un-registers. Idempotent; resolves when the registrar answered or can no longer. */
  close(): Promise<void>;
}

import type { Ending } from "./endings.ts";
import type { Candidate, EndedBy, FailedWhy, IncomingState, Medium, OutgoingState, Party } from "./model.ts";

/** A connected device of a web user. Implemented by edge/signalling. */
export interface WebClient {
  /** Unguessable, unique to this connection. */
  readonly session: string;
  /** The web user's number, without the 0. */
  readonly user: string;
  /** From the token. */
  readonly displayName: string;
  /** Never throws; what a closed connection is told is dropped. */
  tell(message: ClientMessage): void;
}

/** What a device is told; edge/signalling makes frames of it. */
export type ClientMessage =
  /** Once: it is online, what follows may be calls. */
  | { readonly type: "ready" }
  | {
      readonly type: "invitation";
      readonly id: string;
      readonly from: Party;
      readonly sdp: string;
      readonly content?: string;
      readonly channelId?: string;
      readonly media: Medium;
      /** What the caller dialled. */
      readonly number: string;
    }
  | {
      readonly type: "state";
      readonly id: string;
      readonly state: OutgoingState | IncomingState;
      /** A cause name, or why it `failed`. */
      readonly cause?: string;
      /** SIP status of the far side. */
      readonly sip?: number;
      /** What the callee gave with its answer or refusal. */
      readonly response?: string;
      /** Who answered, where it is known. */
      readonly party?: Party;
    }
  | { readonly type: "progress"; readonly id: string; readonly sdp: string }
  | { readonly type: "answer"; readonly id: string; readonly sdp: string }
  | { readonly type: "candidate"; readonly id: string; readonly candidate: Candidate }
  | { readonly type: "dtmf"; readonly id: string; readonly digits: string }
  | {
      readonly type: "ended";
      readonly id: string;
      readonly cause: string;
      readonly sip: number;
      readonly by: EndedBy;
    };

/** A call that a web user asks for. */
export interface PlaceRequest {
  /** The invitation's id, ours: unique in this installation. */
  readonly id: string;
  readonly user: string;
  readonly displayName: string;
  /** The device's session. */
  readonly session: string;
  /** What was dialled; checked to be diallable. */
  readonly to: string;
  /** The browser's offer. */
  readonly sdp: string;
  readonly content?: string;
  readonly channelId?: string;
  readonly media: Medium;
}

/** Told by the gateway of a call that a web user placed. The last word is exactly one `over`. */
export interface PlacedEvents {
  /** Somebody is being rung. */
  received(): void;
  /** Early media: an SDP answer that is not yet the call's. */
  progress(sdp: string): void;
  accepted(answer: { readonly sdp: string; readonly response?: string; readonly party?: Party }): void;
  digits(digits: string): void;
  candidate(candidate: Candidate): void;
  /** Before `accepted`: refused, canceled or failed (`why`); after it: the call's end. Nothing follows. */
  over(end: {
    readonly ending: Ending;
    readonly by: EndedBy;
    readonly state: "refused" | "canceled" | "failed";
    readonly why?: FailedWhy;
    readonly response?: string;
  }): void;
}

/** What a web user's device can do with a call, whichever side it is on. Idempotent; after the end without effect. */
export interface WebSide {
  /** Before the answer: gives up; after it: hangs up. `by` is `network` when the device vanished. */
  end(by: EndedBy, ending: Ending): void;
  digits(digits: string): void;
  candidate(candidate: Candidate): void;
}

/** Where web users' calls go. Implemented by gateway. */
export interface Exchange {
  /** Returns at once; whatever becomes of it is told to `events`, never before this returns. */
  place(request: PlaceRequest, events: PlacedEvents): WebSide;
}

/** A call that is to ring at a web user's devices. */
export interface RingRequest {
  /** The web user's number, without the 0. */
  readonly user: string;
  readonly from: Party;
  /** Our offer: one for all devices, the first answer counts. */
  readonly sdp: string;
  readonly content?: string;
  readonly channelId?: string;
  readonly media: Medium;
  /** What the caller dialled. */
  readonly number: string;
  /** How long it may ring, milliseconds. */
  readonly ringFor: number;
}

/** Told to the gateway of a call that rings at a web user. */
export interface RingEvents {
  /** The first device acknowledged: it rings. */
  received(): void;
  /** A device took the call; all others were told LOSE_RACE. To be confirmed or ended. */
  accepted(answer: {
    readonly session: string;
    readonly displayName: string;
    readonly sdp: string;
    readonly response?: string;
  }): void;
  digits(digits: string): void;
  candidate(candidate: Candidate): void;
  /** Refused, or failed (`why`), or hung up by the device. Not told of what the gateway ended itself. Nothing follows. */
  over(end: {
    readonly ending: Ending;
    readonly by: EndedBy;
    readonly why?: FailedWhy;
    readonly response?: string;
  }): void;
}

/** A call that rings at, or was taken by, a web user's device; held by the gateway. Idempotent. */
export interface Ringing {
  /** The invitation's id. */
  readonly id: string;
  /** acceptSent → accepted: the caller has the answer and the media flows. */
  confirm(): void;
  /** The call is over for the device: canceled or failed before it was confirmed, ended after. */
  end(end: { readonly ending: Ending; readonly by: EndedBy; readonly why?: FailedWhy }): void;
  digits(digits: string): void;
  candidate(candidate: Candidate): void;
}

/** Implemented by `Invitations`; what the gateway asks of it. */
export interface WebUsers {
  /** Whether any device of the user is connected here. */
  isOnline(user: string): boolean;
  /** Offers the call to every device of the user. Returns at once; `events` are told later, never before it returns. */
  ring(request: RingRequest, events: RingEvents): Ringing;
}

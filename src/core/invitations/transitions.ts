import { Failure } from "../../base/index.ts";
import type { IncomingState, OutgoingState } from "./model.ts";

/** What a device may ask of an invitation of its own. */
export type OutgoingFrame = "invite" | "cancel" | "hangup" | "dtmf" | "candidate";
/** What a device may ask of an invitation that rings at it, or that it took. */
export type IncomingFrame = "received" | "accept" | "refuse" | "hangup" | "dtmf" | "candidate";

export type Refusal = "not-started" | "already-sent" | "already-accepted" | "already-ended";

/** What a frame comes to: the state it leads to, `stay`, or the code that it is refused with. */
type Answer<State> = State | "stay" | Refusal;

interface Row<State extends string, Frame extends string> {
  /** Where we may move on to. */
  readonly to: readonly State[];
  readonly on: Readonly<Record<Frame, Answer<State>>>;
}
export type Table<State extends string, Frame extends string> = Readonly<Record<State, Row<State, Frame>>>;

const outgoingOver: Row<OutgoingState, OutgoingFrame> = {
  to: [],
  on: {
    invite: "already-sent",
    cancel: "already-ended",
    hangup: "already-ended",
    dtmf: "already-ended",
    candidate: "already-ended",
  },
};

export const outgoing: Table<OutgoingState, OutgoingFrame> = {
  idle: {
    to: ["sent", "failed"],
    on: {
      invite: "sent",
      cancel: "not-started",
      hangup: "not-started",
      dtmf: "not-started",
      candidate: "not-started",
    },
  },
  sent: {
    to: ["received", "accepted", "refused", "canceled", "failed"],
    on: {
      invite: "already-sent",
      cancel: "canceled",
      hangup: "not-started",
      dtmf: "not-started",
      candidate: "stay",
    },
  },
  received: {
    to: ["accepted", "refused", "canceled", "failed"],
    on: {
      invite: "already-sent",
      cancel: "canceled",
      hangup: "not-started",
      dtmf: "not-started",
      candidate: "stay",
    },
  },
  accepted: {
    to: [],
    on: {
      invite: "already-sent",
      cancel: "already-accepted",
      hangup: "stay",
      dtmf: "stay",
      candidate: "stay",
    },
  },
  refused: outgoingOver,
  canceled: outgoingOver,
  failed: outgoingOver,
};

const incomingOver: Row<IncomingState, IncomingFrame> = {
  to: [],
  on: {
    received: "already-ended",
    accept: "already-ended",
    refuse: "already-ended",
    hangup: "already-ended",
    dtmf: "already-ended",
    candidate: "already-ended",
  },
};

export const incoming: Table<IncomingState, IncomingFrame> = {
  idle: {
    to: ["received"],
    on: {
      received: "not-started",
      accept: "not-started",
      refuse: "not-started",
      hangup: "not-started",
      dtmf: "not-started",
      candidate: "not-started",
    },
  },
  received: {
    to: ["acceptSent", "refused", "canceled", "failed"],
    on: {
      received: "stay",
      accept: "acceptSent",
      refuse: "refused",
      hangup: "not-started",
      dtmf: "not-started",
      candidate: "not-started",
    },
  },
  acceptSent: {
    to: ["accepted", "canceled", "failed"],
    on: {
      received: "already-accepted",
      accept: "already-accepted",
      refuse: "already-accepted",
      // Whoever took the call may leave it before its media is connected.
      hangup: "canceled",
      dtmf: "not-started",
      candidate: "stay",
    },
  },
  accepted: {
    to: [],
    on: {
      received: "already-accepted",
      accept: "already-accepted",
      refuse: "already-accepted",
      hangup: "stay",
      dtmf: "stay",
      candidate: "stay",
    },
  },
  refused: incomingOver,
  canceled: incomingOver,
  failed: incomingOver,
};

/** `to`, if it may follow `from`. An illegal move is a bug of ours: throws an Error, no Failure. */
export function moved<State extends string>(table: Table<State, string>, from: State, to: State): State {
  if (table[from].to.includes(to)) return to;
  throw new Error(`an invitation cannot go from ${from} to ${to}`);
}

const words: Readonly<Record<Refusal, string>> = {
  "not-started": "the invitation is not known, or has not got that far",
  "already-sent": "an invitation of this id was sent; choose another id for another one",
  "already-accepted": "the invitation was accepted",
  "already-ended": "the invitation has ended",
};

export const refusal = (code: Refusal): Failure => new Failure(code, words[code]);

const isRefusal = (answer: string): answer is Refusal => Object.hasOwn(words, answer);

/** The state that a frame leads to, which may be `state` itself. @throws Failure for one that does not fit */
export function asked<State extends string, Frame extends string>(
  table: Table<State, Frame>,
  state: State,
  frame: Frame,
): State {
  const answer: Answer<State> = table[state].on[frame];
  if (isRefusal(answer)) throw refusal(answer);
  return answer === "stay" ? state : answer;
}

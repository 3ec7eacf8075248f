import {
  become,
  classOf,
  fail,
  ignore,
  lifetime,
  resend,
  send,
  start,
  stop,
  t1,
  t2,
  t4,
  tell,
  type ServerInput,
  type Step,
} from "./machine.ts";

/**
 * RFC 3261 17.2.1 with the Accepted state of RFC 6026 7.1; it begins with the INVITE:
 *
 *                      proceeding ◄┐ 101-199 / send, INVITE / resend
 *                       │      │ └─┘
 *        300-699 / send │      │ 2xx / send
 *                       ▼      ▼
 *   INVITE, G / ┌► completed  accepted ◄┐ 2xx / send, ACK / tell, INVITE /
 *   resend      └───┘ │  │     │     └──┘
 *                 ACK │  │     └── L ───────────────┐
 *                     ▼  └── H / fail ──────────────┤
 *   ACK, INVITE / ┌► confirmed                      ▼
 *                 └───┘   └──────── I ────────► terminated
 *
 * G and the wait of I are for unreliable transports only. A response that cannot be sent is told, and no more (RFC
 * 6026): the request may come again.
 */
export interface InviteServer {
  readonly name: "proceeding" | "completed" | "confirmed" | "accepted" | "terminated";
  readonly reliable: boolean;
  /** Of timer G, milliseconds. */
  readonly interval: number;
}

export const inviteServer = (reliable: boolean): InviteServer => ({
  name: "proceeding",
  reliable,
  interval: t1,
});

type Name = InviteServer["name"];
type Move = (state: InviteServer, input: ServerInput) => Step<InviteServer>;

function answer(state: InviteServer, status: number): Step<InviteServer> {
  const kind = classOf(status);
  if (kind === "provisional") return become(state, "proceeding", send);
  if (kind === "success") return become(state, "accepted", send, start("L", lifetime));
  const repeats = state.reliable ? [] : [start("G", t1)];
  return become(state, "completed", send, ...repeats, start("H", lifetime));
}

const proceeding: Move = (state, input) => {
  if (input.type === "respond") return answer(state, input.status);
  if (input.type === "transport-error") return become(state, "proceeding", fail("transport"));
  return input.type === "request" ? become(state, "proceeding", resend) : ignore(state);
};

const completed: Move = (state, input) => {
  if (input.type === "request") return become(state, "completed", resend);
  if (input.type === "transport-error") return become(state, "completed", fail("transport"));
  if (input.type === "ack")
    return state.reliable
      ? become(state, "terminated", stop("H"))
      : become(state, "confirmed", stop("G"), stop("H"), start("I", t4));
  if (input.type !== "timer") return ignore(state);
  if (input.timer === "H") return become(state, "terminated", fail("timeout"));
  if (input.timer !== "G") return ignore(state);
  const interval = Math.min(state.interval * 2, t2);
  return { state: { ...state, interval }, effects: [resend, start("G", interval)] };
};

const confirmed: Move = (state, input) =>
  input.type === "timer" && input.timer === "I" ? become(state, "terminated") : ignore(state);

const accepted: Move = (state, input) => {
  // The user repeats the 2xx (13.3.1.4); a repeated INVITE is absorbed.
  if (input.type === "respond" && classOf(input.status) === "success") return become(state, "accepted", send);
  if (input.type === "ack") return become(state, "accepted", tell);
  if (input.type === "transport-error") return become(state, "accepted", fail("transport"));
  return input.type === "timer" && input.timer === "L" ? become(state, "terminated") : ignore(state);
};

const moves: Readonly<Record<Name, Move>> = {
  proceeding,
  completed,
  confirmed,
  accepted,
  terminated: ignore,
};

export const stepInviteServer: Move = (state, input) => moves[state.name](state, input);

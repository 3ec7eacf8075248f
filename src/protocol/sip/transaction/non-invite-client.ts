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
  type ClientInput,
  type Step,
} from "./machine.ts";

/**
 * RFC 3261 17.1.2:
 *
 *          │ start / send, E, F
 *          ▼     E / resend                    E / resend
 *        trying ─────── 1xx / tell ──────► proceeding ◄┐ 1xx / tell
 *          │ │                                │ │   └──┘
 *          │ └─ F, transport error / fail ────┼─┴──────► terminated
 *          │ 200-699 / tell                   │ 200-699 / tell  ▲
 *          └────────────► completed ◄─────────┘                 │
 *                             └─────────────── K ───────────────┘
 *
 * E and the wait of K are for unreliable transports only.
 */
export interface NonInviteClient {
  readonly name: "initial" | "trying" | "proceeding" | "completed" | "terminated";
  readonly reliable: boolean;
  /** Of timer E, milliseconds. */
  readonly interval: number;
}

export const nonInviteClient = (reliable: boolean): NonInviteClient => ({
  name: "initial",
  reliable,
  interval: t1,
});

type Name = NonInviteClient["name"];
type Move = (state: NonInviteClient, input: ClientInput) => Step<NonInviteClient>;

const initial: Move = (state, input) =>
  input.type === "start"
    ? become(state, "trying", send, ...(state.reliable ? [] : [start("E", t1)]), start("F", lifetime))
    : ignore(state);

function answered(state: NonInviteClient, status: number): Step<NonInviteClient> {
  if (classOf(status) === "provisional") return become(state, "proceeding", tell);
  return state.reliable
    ? become(state, "terminated", stop("F"), tell)
    : become(state, "completed", stop("E"), stop("F"), tell, start("K", t4));
}

const waiting: Move = (state, input) => {
  if (input.type === "response") return answered(state, input.status);
  if (input.type === "transport-error") return become(state, "terminated", fail("transport"));
  if (input.type !== "timer") return ignore(state);
  if (input.timer === "F") return become(state, "terminated", fail("timeout"));
  if (input.timer !== "E") return ignore(state);
  // 17.1.2.2: doubling up to T2 while nobody answers, at T2 once somebody has.
  const interval = state.name === "trying" ? Math.min(state.interval * 2, t2) : t2;
  return { state: { ...state, interval }, effects: [resend, start("E", interval)] };
};

const completed: Move = (state, input) =>
  input.type === "timer" && input.timer === "K" ? become(state, "terminated") : ignore(state);

const moves: Readonly<Record<Name, Move>> = {
  initial,
  trying: waiting,
  proceeding: waiting,
  completed,
  terminated: ignore,
};

export const stepNonInviteClient: Move = (state, input) => moves[state.name](state, input);

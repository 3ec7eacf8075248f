import {
  become,
  absorbing,
  acknowledge,
  classOf,
  fail,
  ignore,
  lifetime,
  resend,
  send,
  start,
  stop,
  t1,
  tell,
  type ClientInput,
  type Step,
} from "./machine.ts";

/**
 * RFC 3261 17.1.1 with the Accepted state of RFC 6026 7.2:
 *
 *              │ start / send, A, B
 *              ▼      A / resend
 *          calling ─────────────────────── B, transport error / fail ──► terminated
 *          │  │  └──── 1xx / tell ──► proceeding ◄┐ 1xx / tell
 *     2xx /│  │ 300-699 /              │  │  └────┘
 *     tell │  │ acknowledge,           │  │
 *          │  │ tell     ┌─────────────┘  │ 2xx / tell
 *          │  ▼          ▼ 300-699        ▼
 *          │ completed ◄┐ 300-699 /      accepted ◄┐ 2xx / tell
 *          │  │      └──┘ acknowledge     ▲  │  └──┘
 *          └──┼───────────────────────────┘  │
 *             │ D; transport error / fail    │ M
 *             └──────────► terminated ◄──────┘
 *
 * A and the wait of D are for unreliable transports only.
 */
export interface InviteClient {
  readonly name: "initial" | "calling" | "proceeding" | "completed" | "accepted" | "terminated";
  readonly reliable: boolean;
  /** Of timer A, milliseconds. */
  readonly interval: number;
}

export const inviteClient = (reliable: boolean): InviteClient => ({
  name: "initial",
  reliable,
  interval: t1,
});

type Name = InviteClient["name"];
type Move = (state: InviteClient, input: ClientInput) => Step<InviteClient>;

const initial: Move = (state, input) =>
  input.type === "start"
    ? become(state, "calling", send, ...(state.reliable ? [] : [start("A", t1)]), start("B", lifetime))
    : ignore(state);

function answered(state: InviteClient, status: number): Step<InviteClient> {
  const stops = state.name === "calling" ? [stop("A"), stop("B")] : [];
  const kind = classOf(status);
  // 17.1.1.2: no more retransmissions, and no end to the ringing but the user's.
  if (kind === "provisional") return become(state, "proceeding", ...stops, tell);
  if (kind === "success") return become(state, "accepted", ...stops, tell, start("M", lifetime));
  // 17.1.1.2: over a reliable transport timer D is zero.
  return state.reliable
    ? become(state, "terminated", ...stops, acknowledge, tell)
    : become(state, "completed", ...stops, acknowledge, tell, start("D", absorbing));
}

const calling: Move = (state, input) => {
  if (input.type === "response") return answered(state, input.status);
  if (input.type === "transport-error") return become(state, "terminated", fail("transport"));
  if (input.type !== "timer") return ignore(state);
  if (input.timer === "B") return become(state, "terminated", fail("timeout"));
  if (input.timer !== "A") return ignore(state);
  const interval = state.interval * 2;
  return { state: { ...state, interval }, effects: [resend, start("A", interval)] };
};

const proceeding: Move = (state, input) =>
  input.type === "response" ? answered(state, input.status) : ignore(state);

const completed: Move = (state, input) => {
  if (input.type === "response" && classOf(input.status) === "refusal")
    return become(state, "completed", acknowledge);
  if (input.type === "timer" && input.timer === "D") return become(state, "terminated");
  if (input.type === "transport-error") return become(state, "terminated", fail("transport"));
  return ignore(state);
};

const accepted: Move = (state, input) => {
  // RFC 6026 7.2: every 2xx, a fork's or a retransmission, is the user's to acknowledge.
  if (input.type === "response" && classOf(input.status) === "success")
    return become(state, "accepted", tell);
  return input.type === "timer" && input.timer === "M" ? become(state, "terminated") : ignore(state);
};

const moves: Readonly<Record<Name, Move>> = {
  initial,
  calling,
  proceeding,
  completed,
  accepted,
  terminated: ignore,
};

export const stepInviteClient: Move = (state, input) => moves[state.name](state, input);

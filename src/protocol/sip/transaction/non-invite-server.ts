import {
  become,
  classOf,
  fail,
  ignore,
  lifetime,
  resend,
  send,
  start,
  type ServerInput,
  type Step,
} from "./machine.ts";

/**
 * RFC 3261 17.2.2; it begins with the request:
 *
 *        request / ┌► trying ──── 1xx / send ────► proceeding ◄┐ 1xx / send,
 *                  └───┘ │                              │  └───┘ request / resend
 *                        │ 200-699 / send               │ 200-699 / send
 *                        └────────► completed ◄─────────┘
 *                 request / resend ┌►│   └── J ──► terminated
 *                                  └─┘
 *
 * The wait of J is for unreliable transports only. A response that cannot be sent is told, and no more (RFC 6026).
 */
export interface NonInviteServer {
  readonly name: "trying" | "proceeding" | "completed" | "terminated";
  readonly reliable: boolean;
}

export const nonInviteServer = (reliable: boolean): NonInviteServer => ({ name: "trying", reliable });

type Name = NonInviteServer["name"];
type Move = (state: NonInviteServer, input: ServerInput) => Step<NonInviteServer>;

function answer(state: NonInviteServer, status: number): Step<NonInviteServer> {
  if (classOf(status) === "provisional") return become(state, "proceeding", send);
  return state.reliable
    ? become(state, "terminated", send)
    : become(state, "completed", send, start("J", lifetime));
}

/** Nothing was said yet that could be said again. */
const trying: Move = (state, input) => {
  if (input.type === "respond") return answer(state, input.status);
  return input.type === "transport-error" ? become(state, "trying", fail("transport")) : ignore(state);
};

const proceeding: Move = (state, input) => {
  if (input.type === "respond") return answer(state, input.status);
  if (input.type === "transport-error") return become(state, "proceeding", fail("transport"));
  return input.type === "request" ? become(state, "proceeding", resend) : ignore(state);
};

const completed: Move = (state, input) => {
  if (input.type === "request") return become(state, "completed", resend);
  if (input.type === "transport-error") return become(state, "completed", fail("transport"));
  return input.type === "timer" && input.timer === "J" ? become(state, "terminated") : ignore(state);
};

const moves: Readonly<Record<Name, Move>> = { trying, proceeding, completed, terminated: ignore };

export const stepNonInviteServer: Move = (state, input) => moves[state.name](state, input);

/** RFC 3261 Table 4, milliseconds; 17.1.1.1 says what they stand for. */
export const t1 = 500;
export const t2 = 4000;
export const t4 = 5000;
/** Timers B, F, H, J, L and M: how long a transaction, or what may still come of it, lasts. */
export const lifetime = 64 * t1;
/** Timer D over UDP: at least 32 s. */
export const absorbing = 32_000;

/**
 * Table 4 and RFC 6026 7.1. Timer C is a proxy's (16.6); a call of ours that is told nothing final ends likewise, see
 * agent/invite-request.ts.
 */
export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M";

/** Why a transaction failed its user: no answer, or no ACK, in time; no way to send. */
export type FailureReason = "timeout" | "transport";

/** What a machine wants done; its driver does it in this order. */
export type Effect =
  /** The client's request for the first time; the response that the server's user just gave, which is kept. */
  | { readonly type: "send" }
  /** The same bytes again: the client's request, the server's kept response. */
  | { readonly type: "resend" }
  /** ACK to the response that just came (17.1.1.3). */
  | { readonly type: "acknowledge" }
  /** The message that just came is the user's. */
  | { readonly type: "tell" }
  | { readonly type: "start"; readonly timer: TimerName; readonly milliseconds: number }
  | { readonly type: "stop"; readonly timer: TimerName }
  | { readonly type: "fail"; readonly reason: FailureReason };

export type ClientInput =
  | { readonly type: "start" }
  | { readonly type: "response"; readonly status: number }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "transport-error" };

export type ServerInput =
  /** The request again. */
  | { readonly type: "request" }
  | { readonly type: "ack" }
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "transport-error" };

export interface Step<State> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const send: Effect = { type: "send" };
export const resend: Effect = { type: "resend" };
export const acknowledge: Effect = { type: "acknowledge" };
export const tell: Effect = { type: "tell" };
export const start = (timer: TimerName, milliseconds: number): Effect => ({
  type: "start",
  timer,
  milliseconds,
});
export const stop = (timer: TimerName): Effect => ({ type: "stop", timer });
export const fail = (reason: FailureReason): Effect => ({ type: "fail", reason });

/** Nothing to do. */
export const ignore = <State>(state: State): Step<State> => ({ state, effects: [] });

export type StatusClass = "provisional" | "success" | "refusal";

export function classOf(status: number): StatusClass {
  if (status < 200) return "provisional";
  return status < 300 ? "success" : "refusal";
}

export interface Machine<Input> {
  /** The state's. */
  readonly name: string;
  take(input: Input): readonly Effect[];
}

/** A machine at work: its state is nobody else's. */
export class Running<State extends { readonly name: string }, Input> implements Machine<Input> {
  #state: State;
  readonly #step: (state: State, input: Input) => Step<State>;

  constructor(state: State, step: (state: State, input: Input) => Step<State>) {
    this.#state = state;
    this.#step = step;
  }

  get name(): string {
    return this.#state.name;
  }

  take(input: Input): readonly Effect[] {
    const { state, effects } = this.#step(this.#state, input);
    this.#state = state;
    return effects;
  }
}

/** To another state (or the same), with these effects. */
export const become = <State extends { readonly name: string }>(
  state: State,
  name: State["name"],
  ...effects: Effect[]
): Step<State> => ({ state: { ...state, name }, effects });

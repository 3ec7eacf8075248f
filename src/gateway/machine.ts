import type { EndedBy, Ending, FailedWhy, Party } from "../core/invitations/index.ts";
import type { Codec } from "../protocol/sdp/index.ts";

export type SideName = "caller" | "callee";

/** How and by whom a session came to its end. */
export interface End {
  readonly ending: Ending;
  readonly by: EndedBy;
  readonly why?: FailedWhy;
  /** What a web user gave with its refusal. */
  readonly response?: string;
}

/** What the callee's side chose. */
export interface Choice {
  readonly codecs: readonly Codec[];
  /** What a web user gave with its answer. */
  readonly response?: string;
  /** Who answered, where it is known. */
  readonly party?: Party;
}

export type SessionInput =
  /** It is known whom to call, and what the caller's media can do. */
  | { readonly type: "routed" }
  | { readonly type: "alerting" }
  /** The callee's side sends media before the answer. */
  | ({ readonly type: "early" } & Choice)
  /** The caller can hear it. */
  | { readonly type: "progressed" }
  /** The callee answered, and its media can flow. */
  | ({ readonly type: "taken" } & Choice)
  /** The caller has the answer and confirmed it. */
  | { readonly type: "answered" }
  /** One side ended it: it knows, the other is to be told. */
  | { readonly type: "over"; readonly side: SideName; readonly end: End }
  /** Neither side ended it: both are to be told. */
  | { readonly type: "hangup"; readonly end: End }
  /** Both sides were told, and their media is closed. */
  | { readonly type: "released" };

export type SessionEffect =
  | { readonly type: "call" }
  | { readonly type: "alert" }
  | ({ readonly type: "progress" } & Choice)
  | ({ readonly type: "answer" } & Choice)
  /** Relay the media between the sides. */
  | { readonly type: "connect" }
  /** Tell the callee that the caller has its answer. */
  | { readonly type: "confirm" }
  | { readonly type: "tell"; readonly side: SideName; readonly end: End }
  /** Close both sides: their media, their references. */
  | { readonly type: "release" };

/**
 * The life of a session, whichever kinds its sides are.
 *
 * ```
 *  routing ──► calling ──► ringing ──► answering ──► active
 *     │           │ └──► early ─┴──────►   │            │
 *     └───────────┴────────┴─────┴─────────┴────────────┴──► ending ──► ended
 * ```
 *
 * Whoever ends it first wins: what the other side does afterwards finds it ending, and changes nothing. An answer
 * counts once it was taken: a callee that takes the call after the caller gave up is let go by its own side (RFC 3261
 * 9.1 and 15; a web user by `Ringing.end`).
 */
export type SessionState =
  | "routing"
  | "calling"
  | "ringing"
  | "early"
  | "answering"
  | "active"
  | "ending"
  | "ended";

export interface Standing {
  readonly state: SessionState;
  /** Whether the media is relayed. */
  readonly relayed: boolean;
}

export const begin: Standing = { state: "routing", relayed: false };

export interface Step {
  readonly standing: Standing;
  readonly effects: readonly SessionEffect[];
}

/** What an input does; null where it comes too late to change anything. @throws Error where it cannot come: our bug */
export function step(standing: Standing, input: SessionInput): Step | null {
  const { state, relayed } = standing;
  if (state === "ended") return null;
  if (state === "ending") {
    return input.type === "released" ? { standing: { ...standing, state: "ended" }, effects: [] } : null;
  }
  const to = (next: SessionState, ...effects: SessionEffect[]): Step => ({
    standing: { state: next, relayed: relayed || effects.some(({ type }) => type === "connect") },
    effects,
  });
  const connect = relayed ? [] : ([{ type: "connect" }] as const);
  const unanswered = state === "calling" || state === "ringing" || state === "early";
  switch (input.type) {
    case "over": {
      const other = input.side === "caller" ? "callee" : "caller";
      const told = state === "routing" && other === "callee" ? [] : [tell(other, input.end)];
      return to("ending", ...told, { type: "release" });
    }
    case "hangup": {
      const callee = state === "routing" ? [] : [tell("callee", input.end)];
      return to("ending", tell("caller", input.end), ...callee, { type: "release" });
    }
    case "routed":
      if (state === "routing") return to("calling", { type: "call" });
      break;
    case "alerting":
      if (state === "calling") return to("ringing", { type: "alert" });
      // Phones ring again and again, and some after their early media; forked devices one after the other.
      if (state !== "routing") return null;
      break;
    case "early":
      // Its media says that it rings, or what came of it.
      if (state === "calling") return to("early", { type: "alert" }, { ...input, type: "progress" });
      if (state === "ringing") return to("early", { ...input, type: "progress" });
      if (state !== "routing") return null;
      break;
    case "progressed":
      if (state === "early" || state === "answering" || state === "active") return to(state, ...connect);
      break;
    case "taken":
      if (unanswered) return to("answering", { ...input, type: "answer" });
      break;
    case "answered":
      if (state === "answering") return to("active", ...connect, { type: "confirm" });
      break;
    case "released":
      break;
  }
  throw new Error(`a session that is ${state} cannot be told ${input.type}`);
}

const tell = (side: SideName, end: End): SessionEffect => ({ type: "tell", side, end });

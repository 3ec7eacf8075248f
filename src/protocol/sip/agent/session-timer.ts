import type { Clock } from "../../../base/index.ts";
import type { Headers } from "../headers.ts";
import type { SipRequest, SipResponse } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { Timers } from "../transaction/timers.ts";
import { parseValue } from "../values.ts";
import type { HeaderPair } from "./model.ts";
import type { Answer } from "./responses.ts";
import { lists } from "./words.ts";

/** RFC 4028 4: no session lasts less than this, seconds. */
const shortest = 90;
/** What a timer of the system takes, seconds; nobody means longer. */
const longest = 2_000_000;

/** What was agreed: who refreshes, and how long without it the session lasts, seconds. */
export interface Agreed {
  readonly interval: number;
  readonly refresher: "us" | "peer";
}

interface Wanted {
  readonly interval: number;
  readonly refresher: string | undefined;
}

const seconds = (text: string): number | undefined =>
  /^\d{1,9}$/u.test(text.trim()) ? Number(text) : undefined;

function wantedBy(headers: Headers): Wanted | undefined {
  const text = headers.get("Session-Expires");
  if (text === undefined) return undefined;
  const { value, params } = parseValue(text);
  const interval = seconds(value);
  if (interval === undefined) throw new SipParseError("a session interval that is none");
  return {
    interval: Math.min(interval, longest),
    refresher: params.get("refresher")?.toLowerCase() ?? undefined,
  };
}

/** The least that a 422 allows, seconds. */
export const leastOf = (response: SipResponse): number =>
  Math.min(Math.max(shortest, seconds(response.headers.get("Min-SE") ?? "") ?? shortest), longest);

export interface TimerAnswer {
  readonly agreed: Agreed | null;
  /** For the 2xx. */
  readonly headers: readonly HeaderPair[];
}

/**
 * RFC 4028 9, for INVITE and UPDATE: what the 2xx says, or a refusal. The session has no timer unless the caller, or a
 * proxy, asked for one; a caller that knows timers refreshes it itself unless it asks us to. Throws a SipParseError.
 */
export function answerTimer({ headers }: SipRequest): TimerAnswer | { readonly refusal: Answer } {
  const wanted = wantedBy(headers);
  if (!wanted) return { agreed: null, headers: [] };
  const knows = lists([...headers.all("Supported"), ...headers.all("Require")], "timer");
  if (wanted.interval < shortest && knows)
    return { refusal: { status: 422, headers: [["Min-SE", String(shortest)]] } };
  const interval = Math.max(wanted.interval, shortest);
  if (!knows || wanted.refresher === "uas")
    return {
      agreed: { interval, refresher: "us" },
      headers: [
        ["Session-Expires", `${interval};refresher=uas`],
        ...(knows ? [["Require", "timer"] as const] : []),
      ],
    };
  return {
    agreed: { interval, refresher: "peer" },
    headers: [
      ["Session-Expires", `${interval};refresher=uac`],
      ["Require", "timer"],
    ],
  };
}

/** RFC 4028 7.2: what the answer to our INVITE or UPDATE means. Null for a session without a timer. */
export function timerOf(response: SipResponse): Agreed | null {
  try {
    const wanted = wantedBy(response.headers);
    if (!wanted) return null;
    const refresher = wanted.refresher === "uas" ? "peer" : "us";
    return { interval: Math.max(wanted.interval, shortest), refresher };
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

/** For our INVITE or UPDATE in a session that has a timer: it goes on as agreed (7.4). */
export const timerHeaders = (agreed: Agreed | null): readonly HeaderPair[] =>
  agreed
    ? [["Session-Expires", `${agreed.interval};refresher=${agreed.refresher === "us" ? "uac" : "uas"}`]]
    : [];

/** The timer of one session (RFC 4028 10): refreshes at half time, or waits for the peer to. */
export class SessionTimer {
  readonly #timers: Timers;
  readonly #refresh: () => void;
  readonly #expired: () => void;
  #agreed: Agreed | null = null;

  constructor(clock: Pick<Clock, "after">, refresh: () => void, expired: () => void) {
    this.#timers = new Timers(clock);
    this.#refresh = refresh;
    this.#expired = expired;
  }

  get agreed(): Agreed | null {
    return this.#agreed;
  }

  /** After every 2xx to INVITE or UPDATE, either way. */
  agree(agreed: Agreed | null): void {
    this.#timers.clear();
    this.#agreed = agreed;
    if (!agreed) return;
    const { interval, refresher } = agreed;
    const early = Math.min(32, interval / 3);
    this.#timers.start("expiry", (interval - early) * 1000, this.#expired);
    if (refresher === "us") this.#timers.start("refresh", (interval / 2) * 1000, this.#refresh);
  }

  /** A refresh was refused for now: the next one before the session expires. */
  later(milliseconds: number): void {
    if (this.#agreed) this.#timers.start("refresh", milliseconds, this.#refresh);
  }

  close(): void {
    this.#agreed = null;
    this.#timers.clear();
  }
}

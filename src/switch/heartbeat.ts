import type { EventHeaders } from "../protocol/esl/index.ts";

/** What a HEARTBEAT says of the switch's load (send_heartbeat, switch_core.c). */
export interface Heartbeat {
  /** Channels there are. */
  readonly sessions: number;
  readonly sessionsPeak: number;
  /** Channels made in the last second. */
  readonly sessionsPerSecond: number;
  readonly version: string | null;
}

const count = (text: string | undefined): number => {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
};

export function heartbeatOf(headers: EventHeaders): Heartbeat | undefined {
  if (headers["Event-Name"] !== "HEARTBEAT") return undefined;
  return {
    sessions: count(headers["Session-Count"]),
    sessionsPeak: count(headers["Session-Peak-Max"]),
    sessionsPerSecond: count(headers["Session-Per-Sec-Last"]),
    version: headers["FreeSWITCH-Version"] ?? null,
  };
}

import { Failure, type FailureCode } from "../base/index.ts";
import {
  causeOfQ850,
  ending,
  isCause,
  type CauseName,
  type Ending,
  type FailedWhy,
} from "../core/invitations/index.ts";
import {
  parseReason,
  printReason,
  type HeaderPair,
  type Headers,
  type Reason,
} from "../protocol/sip/index.ts";
import type { End } from "./machine.ts";

/** sip_cause_to_freeswitch of sofia_glue.c, where no `Reason` says better; in the words of gateway calls. */
const byStatus: Readonly<Record<number, CauseName>> = {
  401: "CALL_REJECTED",
  402: "CALL_REJECTED",
  403: "CALL_REJECTED",
  404: "UNALLOCATED_NUMBER",
  407: "CALL_REJECTED",
  408: "RECOVERY_ON_TIMER_EXPIRE",
  410: "NUMBER_CHANGED",
  480: "NO_USER_RESPONSE",
  482: "EXCHANGE_ROUTING_ERROR",
  483: "EXCHANGE_ROUTING_ERROR",
  484: "INVALID_NUMBER_FORMAT",
  485: "NO_ROUTE_DESTINATION",
  486: "USER_BUSY",
  487: "ORIGINATOR_CANCEL",
  488: "INCOMPATIBLE_DESTINATION",
  500: "NORMAL_TEMPORARY_FAILURE",
  502: "NETWORK_OUT_OF_ORDER",
  503: "NORMAL_TEMPORARY_FAILURE",
  504: "RECOVERY_ON_TIMER_EXPIRE",
  600: "USER_BUSY",
  603: "CALL_REJECTED",
  604: "NO_ROUTE_DESTINATION",
  606: "INCOMPATIBLE_DESTINATION",
};

/** mod_sofia.c, sofia_on_hangup: a call that another leg took is told so whatever its cause. */
const elsewhere = "call completed elsewhere";

function causeOf({ protocol, cause, text: words = "" }: Reason): CauseName | undefined {
  switch (protocol.toUpperCase()) {
    case "Q.850":
      return cause === undefined ? undefined : causeOfQ850(cause);
    case "SIP":
      if (words.toLowerCase() === elsewhere) return "LOSE_RACE";
      // FreeSWITCH's own causes have no number in Q.850: it writes `SIP;cause=606;text="USER_NOT_REGISTERED"`.
      return isCause(words) ? words : undefined;
    case "FREESWITCH":
      return isCause(words) ? words : undefined;
    default:
      return undefined;
  }
}

/**
 * How a call ended by what SIP says of it: the status of a final response, 200 for a BYE, 487 for a CANCEL, and the
 * values of `Reason`. The status is told on as it was, the cause is the most exact one.
 */
export function endingOf(status: number, reasons: readonly Reason[] = []): Ending {
  const told = reasons.map(causeOf).find((cause) => cause !== undefined);
  const cause = told ?? (status < 300 ? "NORMAL_CLEARING" : (byStatus[status] ?? "NORMAL_UNSPECIFIED"));
  return { ...ending(cause), ...(status >= 300 ? { sip: status } : {}) };
}

/** The values of `Reason` that can be read; a peer's malformed ones say nothing. */
export function reasonsOf(headers: Headers | null): readonly Reason[] {
  return (headers?.all("Reason") ?? []).flatMap((text) => {
    try {
      return [parseReason(text)];
    } catch {
      return [];
    }
  });
}

interface Outcome {
  readonly state: "refused" | "canceled" | "failed";
  readonly why?: FailedWhy;
}

const outcomes: Partial<Record<CauseName, Outcome>> = {
  USER_BUSY: { state: "refused" },
  CALL_REJECTED: { state: "refused" },
  // For good: to try again changes nothing.
  UNALLOCATED_NUMBER: { state: "refused" },
  NO_ROUTE_DESTINATION: { state: "refused" },
  NUMBER_CHANGED: { state: "refused" },
  INVALID_NUMBER_FORMAT: { state: "refused" },
  OUTGOING_CALL_BARRED: { state: "refused" },
  FACILITY_REJECTED: { state: "refused" },
  ORIGINATOR_CANCEL: { state: "canceled" },
  LOSE_RACE: { state: "canceled" },
  PICKED_OFF: { state: "canceled" },
  NORMAL_CLEARING: { state: "canceled" },
  SUBSCRIBER_ABSENT: { state: "failed", why: "offline" },
  USER_NOT_REGISTERED: { state: "failed", why: "offline" },
  NO_USER_RESPONSE: { state: "failed", why: "no-response" },
  NO_ANSWER: { state: "failed", why: "expired" },
  INCOMPATIBLE_DESTINATION: { state: "failed", why: "media" },
  MEDIA_TIMEOUT: { state: "failed", why: "media" },
};

/** What a session's end means for an invitation that was not accepted. */
export function outcomeOf({ ending: { cause }, why }: Pick<End, "ending" | "why">): Outcome {
  if (why !== undefined) return { state: "failed", why };
  return outcomes[cause] ?? { state: "failed", why: "switch" };
}

/** `Reason` for a final response, BYE or CANCEL; nothing where FreeSWITCH's cause has no number in Q.850. */
export const reasonHeaders = ({ q850, cause }: Ending): readonly HeaderPair[] =>
  q850 === 0 ? [] : [["Reason", printReason({ protocol: "Q.850", cause: q850, text: cause })]];

/** The final response to a call that was not answered. A normal end is none: the callee was there and left. */
export const refusalStatus = ({ sip }: Ending): number => (sip >= 300 ? sip : 480);

/** How a session ends by what was thrown at it. */
export function endOf(error: unknown): End {
  const fault: End = { ending: ending("NORMAL_TEMPORARY_FAILURE"), by: "ours", why: "switch" };
  return (error instanceof Failure ? byFailure.get(error.code) : undefined) ?? fault;
}

const byFailure: ReadonlyMap<FailureCode, End> = new Map<FailureCode, End>([
  ["media-refused", { ending: ending("INCOMPATIBLE_DESTINATION"), by: "ours", why: "media" }],
  ["media-failed", { ending: ending("DESTINATION_OUT_OF_ORDER"), by: "network", why: "media" }],
  ["no-free-port", { ending: ending("SWITCH_CONGESTION"), by: "ours", why: "media" }],
  ["shutting-down", { ending: ending("SYSTEM_SHUTDOWN"), by: "ours", why: "switch" }],
  ["not-confirmed", { ending: ending("RECOVERY_ON_TIMER_EXPIRE"), by: "network", why: "switch" }],
]);

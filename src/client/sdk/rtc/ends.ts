import type { InvitationState, ServerFrame } from "../../../contract/index.ts";
import type { CallEnd, RefuseOptions } from "./call.ts";
import type { WebPhoneError } from "./error.ts";
import type { Direction } from "./states.ts";

type StateFrame = Extract<ServerFrame, { type: "state" }>;

/** Whoever is at this device, in Patchcord's words. */
const here = (direction: Direction): CallEnd["by"] => (direction === "outgoing" ? "caller" : "callee");

export const canceledHere = {
  state: "canceled",
  cause: "ORIGINATOR_CANCEL",
  sip: 487,
  by: "caller",
} as const satisfies CallEnd;

export const refusedHere = (reason: NonNullable<RefuseOptions["reason"]>): CallEnd => ({
  state: "refused",
  ...(reason === "busy" ? { cause: "USER_BUSY", sip: 486 } : { cause: "CALL_REJECTED", sip: 603 }),
  by: "callee",
});

export const hungUpHere = (direction: Direction): CallEnd => ({
  state: "accepted",
  cause: "NORMAL_CLEARING",
  sip: 200,
  by: here(direction),
});

/** Of an invitation that Patchcord says is over. */
export function endOf(
  { cause, sip = 0, response }: StateFrame,
  state: Extract<InvitationState, "refused" | "canceled" | "failed">,
): CallEnd {
  const by = { refused: "callee", canceled: "caller", failed: "network" } as const;
  return {
    state,
    cause: cause ?? state,
    sip,
    by: cause === "LOSE_RACE" ? "ours" : by[state],
    ...(response === undefined ? {} : { response }),
  };
}

/** Of a call whose phone lost its connection, or was closed. */
export function lostWith(error: WebPhoneError, answered: boolean): CallEnd {
  const state = answered ? "accepted" : "failed";
  return error.code === "closed"
    ? { state, cause: "closed", sip: 0, by: "ours", error }
    : { state, cause: "NETWORK_OUT_OF_ORDER", sip: 503, by: "network", error };
}

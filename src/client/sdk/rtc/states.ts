import type { InvitationState } from "../../../contract/index.ts";

export type Direction = "outgoing" | "incoming";

/**
 * The legal moves of an invitation, as the web user's device sees them (interface.md, "Signalling"):
 *
 *     outgoing  idle → sent → received → accepted | refused | canceled | failed,  idle → failed
 *     incoming  idle → received → acceptSent → accepted,  received → refused | canceled | failed,
 *               acceptSent → canceled | failed
 */
const moves: Readonly<
  Record<Direction, Readonly<Partial<Record<InvitationState, readonly InvitationState[]>>>>
> = {
  outgoing: {
    idle: ["sent", "failed"],
    sent: ["received", "accepted", "refused", "canceled", "failed"],
    received: ["accepted", "refused", "canceled", "failed"],
  },
  incoming: {
    idle: ["received"],
    received: ["acceptSent", "refused", "canceled", "failed"],
    acceptSent: ["accepted", "canceled", "failed"],
  },
};

export const mayMove = (direction: Direction, from: InvitationState, to: InvitationState): boolean =>
  moves[direction][from]?.includes(to) ?? false;

/** Nothing was agreed and nothing will be. `accepted` is no such end: the call begins there. */
export const isOver = (state: InvitationState): state is "refused" | "canceled" | "failed" =>
  state === "refused" || state === "canceled" || state === "failed";

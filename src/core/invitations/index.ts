export { causeOfQ850, ending, isCause, type CauseName, type Ending } from "./endings.ts";
export {
  Invitations,
  type InvitationsOptions,
  type InviteInput,
  type OnlineInvitation,
  type OnlineUser,
} from "./invitations.ts";
export { signallingLimits } from "./limits.ts";
export type { Candidate, EndedBy, FailedWhy, IncomingState, Medium, OutgoingState, Party } from "./model.ts";
export type {
  ClientMessage,
  Exchange,
  PlacedEvents,
  PlaceRequest,
  Ringing,
  RingEvents,
  RingRequest,
  WebClient,
  WebSide,
  WebUsers,
} from "./ports.ts";
export type { InvitationTimes } from "./surroundings.ts";

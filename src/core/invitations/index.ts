export { ending, type CauseName, type Ending } from "./endings.ts";
export type {
  Candidate,
  EndedBy,
  FailedWhy,
  IncomingState,
  Medium,
  OutgoingState,
  Party,
} from "./model.ts";
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

export { type Attribute, Calls, type CallsOptions, type RequestedCall } from "./calls.ts";
export type {
  AttendedTransfer,
  BlindTransfer,
  ChannelEvent,
  ChannelEventName,
  ChannelFacts,
  ChannelSnapshot,
  RequestedParties,
} from "./channel-event.ts";
export type { CallControl, ChannelCommand, Endpoint, OriginateRequest } from "./control.ts";
export { type DialRequest, type DialSide, partyOf } from "./dial.ts";
export type { Call, CallState, Leg, Party, TimelineEntry } from "./model.ts";
export {
  type Bearer,
  referenceHeader,
  References,
  referenceVariable,
  type Referred,
  webParty,
} from "./references.ts";
export { CallService, type CallServiceOptions } from "./service.ts";
export type { Verb, VerbName } from "./verbs.ts";

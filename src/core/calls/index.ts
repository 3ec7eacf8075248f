export { type Attribute, Calls, type CallsOptions, type RequestedCall } from "./calls.ts";
export type {
  AttendedTransfer,
  BlindTransfer,
  ChannelEvent,
  ChannelEventName,
  ChannelFacts,
  ChannelSnapshot,
} from "./channel-event.ts";
export type { CallControl, ChannelCommand, Endpoint, OriginateRequest } from "./control.ts";
export type { Call, CallState, Leg, Party, TimelineEntry } from "./model.ts";

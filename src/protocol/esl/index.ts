export type { Bounds } from "./bounded.ts";
export { commands, type ApiCommand } from "./commands.ts";
export {
  EslConnection,
  type CloseReason,
  type ConnectionOptions,
  type ConnectionState,
} from "./connection.ts";
export { eventTime, parseJsonEvent, type EventHeaders } from "./event.ts";
export { FrameParser, ProtocolViolation, type Frame, type FrameLimits } from "./frame.ts";
export { accepted } from "./reply.ts";
export { channelEvents, subscription } from "./subscription.ts";
export { safeWord } from "./text.ts";

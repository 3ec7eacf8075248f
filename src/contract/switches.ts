import { Type, type Static } from "typebox";
import { input, NullableText, PageQuery, pageOf, Time } from "./common.ts";

export const Node = Type.Object({
  id: Type.String({ description: "HOST:PORT of its event socket." }),
  host: Type.String(),
  port: Type.Integer(),
  state: Type.Enum(["up", "connecting", "down", "draining"], {
    description:
      "lastError says why it is not `up`. Its phones count as gone after two failed attempts to return to it, its calls as ended (NETWORK_OUT_OF_ORDER) after ten minutes; a call that it still has when it returns goes on.",
  }),
  coreUuid: NullableText,
  version: NullableText,
  sessions: Type.Integer(),
  sessionsPeak: Type.Integer(),
  sessionsPerSecond: Type.Number(),
  eventLagMs: Type.Number(),
  bound: Type.Union([Type.Boolean(), Type.Null()], {
    description: "Whether it asks this Patchcord for its configuration; null until that was checked.",
  }),
  lastError: NullableText,
});
export type Node = Static<typeof Node>;

export const Registration = Type.Object({
  user: Type.String(),
  domain: Type.String(),
  contact: Type.String(),
  networkIp: Type.String(),
  networkPort: Type.Integer(),
  transport: Type.String({ examples: ["udp", "tcp", "tls", "ws", "wss"] }),
  userAgent: Type.String(),
  expiresAt: Time,
  node: Type.String(),
});
export type Registration = Static<typeof Registration>;

export const NodeQuery = input(PageQuery);
export const NodePage = pageOf(Node);
export const RegistrationQuery = input(PageQuery);
export const RegistrationPage = pageOf(Registration);

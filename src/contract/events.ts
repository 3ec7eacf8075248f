import { Type, type Static } from "typebox";
import { input, NullableText, Time } from "./common.ts";

/** One frame of GET /events. */
export const EventFrame = Type.Object({
  id: Type.String({ description: "`EPOCH-SEQUENCE`: a new epoch per start and node." }),
  time: Time,
  type: Type.String({ examples: ["call.answered", "registration.online", "node.up", "switch.HEARTBEAT"] }),
  node: NullableText,
  data: Type.Record(Type.String(), Type.Unknown()),
});
export type EventFrame = Static<typeof EventFrame>;

/**
 * Sent before anything else when events after `since` are lost: they were too many to remember, or Patchcord was
 * restarted. What is still held follows; read the lists anew.
 */
export const GapFrame = Type.Object({
  type: Type.Literal("events.gap"),
  gap: Type.Literal(true),
  since: Type.String({ description: "What was asked for; empty if the typed client had no id to ask with." }),
});
export type GapFrame = Static<typeof GapFrame>;

export const EventQuery = input({
  types: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1024,
      description:
        "Comma-separated types, `*` for the rest of one: `call.*,registration.online`. Raw `switch.EVENT-NAME` only where asked for.",
    }),
  ),
  since: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: "Id of the last event seen: what came after it is replayed.",
    }),
  ),
  token: Type.Optional(
    Type.String({ maxLength: 512, description: "The bearer token, where no header can be set." }),
  ),
});
export type EventQuery = Static<typeof EventQuery>;

import { Type, type Static } from "typebox";
import { input, PageQuery, pageOf, Time } from "./common.ts";
import { IceServer } from "./signalling.ts";

export const WebClientTokenInput = input({
  user: Type.String({
    pattern: "^[0-9]{1,20}$",
    description: "The web user's number, without the 0 that others dial before it.",
  }),
  displayName: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: "Shown to others; 0 and the number if not given.",
    }),
  ),
  ttlSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 604_800,
      description:
        "Seconds until it expires, a day if not given. A device is disconnected when its token expires.",
    }),
  ),
});
export type WebClientTokenInput = Static<typeof WebClientTokenInput>;

export const WebClientToken = Type.Object({
  token: Type.String({ description: "A JWT. Whoever holds it is that user until it expires." }),
  expiresAt: Time,
  url: Type.String({ description: "The WebSocket to open with it; it is not part of the address." }),
  phone: Type.String({ description: "A page that is the user's phone at once; it holds the token." }),
  iceServers: Type.Array(IceServer, {
    description: "What RTCPeerConnection takes; valid as long as the token.",
  }),
});
export type WebClientToken = Static<typeof WebClientToken>;

const Party = Type.Object({
  number: Type.String({ description: "As one dials it: an extension, or 0 and a web user's number." }),
  name: Type.String(),
});

export const WebClient = Type.Object({
  user: Type.String({ description: "Without the 0." }),
  displayName: Type.String(),
  node: Type.String({ description: "Where the user is connected." }),
  devices: Type.Array(Type.Object({ id: Type.String(), connectedAt: Time })),
  invitations: Type.Array(
    Type.Object({
      id: Type.String(),
      direction: Type.Enum(["outgoing", "incoming"]),
      state: Type.Enum([
        "idle",
        "sent",
        "received",
        "acceptSent",
        "accepted",
        "refused",
        "canceled",
        "failed",
      ]),
      from: Party,
      to: Type.String({ description: "What was dialled." }),
      startedAt: Time,
      device: Type.Union([Type.String(), Type.Null()], {
        description: "The one that sent or took it; null while it rings.",
      }),
      call: Type.Union([Type.String(), Type.Null()], {
        description: "The call that it belongs to, once it is known.",
      }),
    }),
    { description: "Those that go on, calls included, the oldest first." },
  ),
});
export type WebClient = Static<typeof WebClient>;
export const WebClientPage = pageOf(WebClient);
export const WebClientQuery = input(PageQuery);

export const SigningKey = Type.Object({
  id: Type.String({ description: "The `kid` of tokens." }),
  createdAt: Time,
  signs: Type.Boolean({ description: "Whether new tokens are signed with it." }),
});
export type SigningKey = Static<typeof SigningKey>;
export const SigningKeys = Type.Object({ items: Type.Array(SigningKey), next: Type.Null() });

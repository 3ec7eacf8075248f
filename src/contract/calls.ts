import { Type, type Static } from "typebox";
import { input, NullableText, NullableTime, PageQuery, pageOf, Time } from "./common.ts";

const callStates = ["ringing", "early", "active", "held", "parked", "ended"] as const;

const State = Type.Enum([...callStates]);

const Party = Type.Object({ number: Type.String(), name: Type.String() });

const Leg = Type.Object({
  uuid: Type.String({ description: "FreeSWITCH's Unique-ID." }),
  direction: Type.Enum(["inbound", "outbound"], { description: "Seen from the switch." }),
  number: Type.String(),
  name: Type.String(),
  state: State,
  codec: NullableText,
  media: NullableText,
  bridgedWith: NullableText,
  startedAt: Time,
  answeredAt: NullableTime,
  endedAt: NullableTime,
  cause: NullableText,
});

const callProperties = {
  id: Type.String({ description: "Patchcord's own, sortable; it lasts through transfers." }),
  state: State,
  from: Party,
  to: Party,
  startedAt: Time,
  answeredAt: NullableTime,
  endedAt: NullableTime,
  cause: Type.Union([Type.String(), Type.Null()], {
    description: "FreeSWITCH's cause name once ended, or `MERGED`.",
  }),
  mergedInto: NullableText,
  node: Type.String(),
  legs: Type.Array(Leg),
};

export const Call = Type.Object(callProperties);
export type Call = Static<typeof Call>;

const TimelineEntry = Type.Object({
  time: Time,
  type: Type.String({
    description: "A `call.*` event type, or `gateway.*`: what our own leg saw of SIP, ICE, DTLS and RTP.",
    examples: ["call.answered", "gateway.ice-connected"],
  }),
  leg: NullableText,
  detail: NullableText,
});

const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

const Stream = Type.Object({
  packets: Type.Integer(),
  bytes: Type.Integer(),
  lost: Type.Integer({ description: "RFC 3550 section 6.4.1: cumulative, may be negative." }),
  jitter: Type.Number({ description: "Milliseconds." }),
  lastAt: NullableTime,
});

/** One side's media as the gateway sees it. */
const GatewayMedia = Type.Object({
  kind: Type.Enum(["web", "sip"]),
  local: NullableText,
  remote: NullableText,
  codec: NullableText,
  ice: NullableText,
  dtls: NullableText,
  srtp: NullableText,
  received: Stream,
  sent: Stream,
  peer: Type.Object(
    { roundTrip: NullableNumber, fractionLost: NullableNumber },
    { description: "What the peer's RTCP says of what we send: milliseconds, fraction 0 to 1." },
  ),
  dropped: Type.Record(Type.String(), Type.Integer(), { description: "Packets dropped, by reason." }),
});

/** What a leg of ours, a web user's, did on the wire. */
const GatewayLeg = Type.Object({
  leg: Type.String({ description: "Uuid of the leg." }),
  user: Type.String({ description: "The web user's number, without the 0." }),
  direction: Type.Enum(["from-web-user", "to-web-user"]),
  invitation: NullableText,
  startedAt: Time,
  endedAt: NullableTime,
  sip: Type.Union([
    Type.Object({
      callId: Type.String(),
      status: Type.Union([Type.Integer(), Type.Null()]),
      reason: NullableText,
    }),
    Type.Null(),
  ]),
  web: Type.Union([GatewayMedia, Type.Null()]),
  far: Type.Union([GatewayMedia, Type.Null()], {
    description: "Whom the media is relayed to: the switch, or the other web user.",
  }),
  ending: Type.Union([
    Type.Object({
      cause: Type.String(),
      sip: Type.Integer(),
      by: Type.Enum(["caller", "callee", "network", "ours"]),
    }),
    Type.Null(),
  ]),
});

export const CallWithTimeline = Type.Object({
  ...callProperties,
  timeline: Type.Array(TimelineEntry),
  gateway: Type.Array(GatewayLeg, { description: "Of each leg of ours; none where no web user takes part." }),
});
export type CallWithTimeline = Static<typeof CallWithTimeline>;

const destination = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });

const Side = Type.Union([
  destination("An extension, or 0 and a web user's number."),
  input({ app: Type.Enum(["echo", "park"]) }),
  input({ app: Type.Enum(["conference"]), room: Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" }) }),
]);

/** POST /calls. */
export const DialInput = input({
  from: Side,
  to: Side,
  callerIdName: Type.Optional(Type.String({ maxLength: 100 })),
  callerIdNumber: Type.Optional(Type.String({ maxLength: 64 })),
  timeoutSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 600, description: "How long each side may ring." }),
  ),
  autoAnswer: Type.Optional(Type.Boolean({ description: "Ask the first side's phone to answer by itself." })),
  dtmfAfterAnswer: Type.Optional(
    Type.String({
      pattern: "^[0-9A-Da-d*#wW]{1,64}$",
      description: "Digits; `w` pauses half a second, `W` one.",
    }),
  ),
  variables: Type.Optional(
    Type.Record(
      Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_-]{0,127}$" }),
      Type.String({ maxLength: 1024 }),
      {
        additionalProperties: false,
        maxProperties: 64,
        description:
          "Channel variables; those that run code in the switch or are Patchcord's own are refused.",
      },
    ),
  ),
  node: Type.Optional(
    Type.String({ maxLength: 300, description: "Id of the switch that shall make the call." }),
  ),
});
export type DialInput = Static<typeof DialInput>;

export const DialAccepted = Type.Object({ id: Type.String({ description: "The call's id." }) });
export type DialAccepted = Static<typeof DialAccepted>;

const leg = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: "Uuid of a leg; the fitting one if not given." }),
);

/** Body of POST /calls/ID/VERB by verb. */
export const verbInputs = {
  hangup: input({
    cause: Type.Optional(Type.String({ pattern: "^[A-Z][A-Z0-9_]{1,63}$", examples: ["NORMAL_CLEARING"] })),
  }),
  answer: input({}),
  hold: input({ leg }),
  resume: input({ leg }),
  transfer: input({
    leg: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Uuid of the leg to send on; the caller's if not given. Who talks with it is let go.",
      }),
    ),
    to: destination("Where the leg goes: an extension, or 0 and a web user's number."),
  }),
  bridge: input({
    with: Type.String({ minLength: 1, maxLength: 64, description: "Id or leg uuid of another call." }),
  }),
  park: input({}),
  dtmf: input({ leg, digits: Type.String({ pattern: "^[0-9A-Da-d*#wW]{1,64}$" }) }),
} as const;
export type VerbName = keyof typeof verbInputs;
export type VerbInput<Name extends VerbName> = Static<(typeof verbInputs)[Name]>;
export const verbNames = [
  "hangup",
  "answer",
  "hold",
  "resume",
  "transfer",
  "bridge",
  "park",
  "dtmf",
] as const satisfies readonly VerbName[];

export const VerbQuery = input({
  wait: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 60,
      description: "Seconds to wait for the outcome: 200 with the call, or 504.",
    }),
  ),
});

export const OperationAccepted = Type.Object({
  operation: Type.String({ description: "The event of the outcome carries it." }),
  call: Type.String(),
});
export type OperationAccepted = Static<typeof OperationAccepted>;

export const CallQuery = input({
  ...PageQuery,
  state: Type.Optional(
    Type.Enum([...callStates, "all"], {
      description: "A state, or `all`; if not given: every call that has not ended.",
    }),
  ),
});
export type CallQuery = Static<typeof CallQuery>;

export const CallPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
export const CallPage = pageOf(Call);

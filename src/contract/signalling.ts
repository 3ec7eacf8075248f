import { Type, type Static } from "typebox";
import { input } from "./common.ts";

/**
 * WebSocket subprotocol of `GET /rtc`. The connection is closed with (RFC 6455 section 7.4.1):
 *
 * - 1001 Patchcord is stopping: connect again
 * - 1003 a binary frame, 1009 a frame of more than 64 KiB
 * - 1008 the token has expired, or its key was withdrawn; or far too many frames: not again with this token
 * - 1013 the device reads too slowly, or the user is connected too many times: later
 */
export const signallingProtocol = "patchcord.1";

export const SignallingQuery = input({
  token: Type.Optional(
    Type.String({
      maxLength: 2048,
      description: "A web user's token, where no Authorization header can be sent; it is never logged.",
    }),
  ),
});
export type SignallingQuery = Static<typeof SignallingQuery>;

const Ref = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: "Echoed in the answer to this frame." }),
);
const Id = Type.String({ minLength: 1, maxLength: 64, description: "An invitation's id." });
const Sdp = Type.String({ minLength: 1, maxLength: 32_768 });
const Media = Type.Enum(["audio", "video"]);
// Their limits are bytes of UTF-8, with error codes of their own: core/invitations holds them.
const Content = Type.Optional(Type.String({ description: "At most 8 KiB of UTF-8." }));

const Candidate = Type.Object({
  candidate: Type.String({ maxLength: 1024, description: "`candidate:…` (RFC 8839); empty: no more." }),
  sdpMid: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  sdpMLineIndex: Type.Union([Type.Integer({ minimum: 0, maximum: 255 }), Type.Null()]),
});

/** Frames from a web user's device. */
export const ClientFrames = {
  invite: input({
    type: Type.Literal("invite"),
    ref: Ref,
    id: Type.Optional(Id),
    to: Type.String({ minLength: 1, maxLength: 64, description: "As a phone would dial it." }),
    sdp: Sdp,
    content: Content,
    channelId: Type.Optional(Type.String({ description: "At most 64 bytes of UTF-8." })),
    media: Media,
  }),
  received: input({ type: Type.Literal("received"), ref: Ref, id: Id }),
  cancel: input({ type: Type.Literal("cancel"), ref: Ref, id: Id }),
  accept: input({ type: Type.Literal("accept"), ref: Ref, id: Id, sdp: Sdp, response: Content }),
  refuse: input({
    type: Type.Literal("refuse"),
    ref: Ref,
    id: Id,
    response: Content,
    reason: Type.Optional(Type.Enum(["busy", "declined"])),
  }),
  hangup: input({ type: Type.Literal("hangup"), ref: Ref, id: Id }),
  dtmf: input({
    type: Type.Literal("dtmf"),
    ref: Ref,
    id: Id,
    digits: Type.String({ pattern: "^[0-9A-Da-d*#]{1,64}$" }),
  }),
  candidate: input({
    type: Type.Literal("candidate"),
    ref: Ref,
    id: Id,
    candidate: Candidate,
  }),
  // A page is told neither of the WebSocket's own pings nor of a network that swallows everything.
  ping: input({ type: Type.Literal("ping"), ref: Ref }),
} as const;
export type ClientFrameType = keyof typeof ClientFrames;
export type ClientFrame = { [Name in ClientFrameType]: Static<(typeof ClientFrames)[Name]> }[ClientFrameType];

/** What `RTCPeerConnection` takes as `iceServers`. */
export const IceServer = Type.Object({
  urls: Type.Array(Type.String()),
  username: Type.Optional(Type.String()),
  credential: Type.Optional(Type.String()),
});
export type IceServer = Static<typeof IceServer>;

/** Bytes of UTF-8. */
export interface SignallingLimits {
  readonly content: number;
  readonly response: number;
  readonly channelId: number;
}

interface Answering {
  /** Of the frame that this answers. */
  readonly ref?: string;
}

export type InvitationState =
  | "idle"
  | "sent"
  | "received"
  | "acceptSent"
  | "accepted"
  | "refused"
  | "canceled"
  | "failed";

interface RemoteParty {
  /** As one dials it: an extension, or `0` and a web user's number. */
  readonly number: string;
  readonly name: string;
}

/**
 * Frames to a web user's device. `welcome` is the first and `ready` the second. A request is answered by the `state`
 * that it leads to (`accept` by acceptSent, `invite` by sent), else by `done`, or by `error`. `answer` comes just before
 * the state accepted, `ended` some time after it; before it an invitation ends with one of the other states.
 */
export type ServerFrame =
  | {
      readonly type: "welcome";
      readonly user: string;
      readonly displayName: string;
      readonly session: string;
      readonly iceServers: readonly IceServer[];
      readonly limits: SignallingLimits;
      /** Milliseconds since the epoch at which the token ends. */
      readonly expiresAt: number;
    }
  /** The user is online: calls may come and go. */
  | { readonly type: "ready" }
  | {
      readonly type: "invitation";
      readonly id: string;
      readonly from: RemoteParty;
      readonly sdp: string;
      readonly content?: string;
      readonly channelId?: string;
      readonly media: "audio" | "video";
      readonly number: string;
    }
  | ({
      readonly type: "state";
      readonly id: string;
      readonly state: InvitationState;
      readonly cause?: string;
      readonly sip?: number;
      readonly response?: string;
      /** With accepted, for the caller: who answered, where it is known. */
      readonly party?: RemoteParty;
    } & Answering)
  | { readonly type: "progress"; readonly id: string; readonly sdp: string }
  | { readonly type: "answer"; readonly id: string; readonly sdp: string }
  | {
      readonly type: "candidate";
      readonly id: string;
      readonly candidate: {
        readonly candidate: string;
        readonly sdpMid: string | null;
        readonly sdpMLineIndex: number | null;
      };
    }
  | { readonly type: "dtmf"; readonly id: string; readonly digits: string }
  /** A request that has no other answer was carried out. */
  | ({ readonly type: "done" } & Answering)
  | {
      readonly type: "ended";
      readonly id: string;
      readonly cause: string;
      readonly sip: number;
      readonly by: "caller" | "callee" | "network" | "ours";
    }
  | ({
      readonly type: "error";
      readonly code: string;
      readonly detail: string;
      readonly id?: string;
    } & Answering);

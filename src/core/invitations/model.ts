/** The words of a web user's invitations; the states are those of interface.md, "Signalling". */

export interface Party {
  /** As one dials it: an extension, or `0` and a web user's number. */
  readonly number: string;
  readonly name: string;
}

/**
 * An invitation that a device sent.
 *
 * ```
 *  idle ──► sent ──► received ──► accepted     (the call)
 *    │        │          └──────► refused, canceled, failed
 *    │        └─────────────────► accepted, refused, canceled, failed
 *    └──────────────────────────► failed
 * ```
 *
 * sent: the frame was taken; received: a device, or a phone, acknowledged.
 */
export type OutgoingState = "idle" | "sent" | "received" | "accepted" | "refused" | "canceled" | "failed";

/**
 * An invitation that rings at the devices of a user: one, whatever their number.
 *
 * ```
 *  idle ──► received ──► acceptSent ──► accepted     (the call)
 *               │             └───────► canceled, failed
 *               └─────────────────────► refused, canceled, failed
 * ```
 *
 * received: delivered to a device; acceptSent: a device took it, its media is being connected.
 */
export type IncomingState =
  | "idle"
  | "received"
  | "acceptSent"
  | "accepted"
  | "refused"
  | "canceled"
  | "failed";

/** Why an invitation `failed`. */
export type FailedWhy = "offline" | "no-response" | "expired" | "media" | "switch";

/** Who ended a call, as `ended.by` tells. `network`: a connection or its media was lost. */
export type EndedBy = "caller" | "callee" | "network" | "ours";

export type Medium = "audio" | "video";

/** An ICE candidate as browsers write it (RTCIceCandidateInit); an empty `candidate` ends them. */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
}

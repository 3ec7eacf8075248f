/**
 * Every failure that a user, an app or an operator can meet has one stable code. This table is the only
 * place that fixes what each code means on the wires that carry it.
 */
interface FailureKind {
  /** RFC 9457 `title`: the same words for every occurrence. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean;
}

const kind = (status: number, title: string, retry = false): FailureKind => ({ status, title, retry });

export const failures = {
  "invalid-request": kind(400, "The request is not of the documented form"),
  "invalid-number": kind(400, "That is not a number Patchcord can provision or dial"),
  "invalid-range": kind(400, "That range of extensions is empty or too large"),
  "unsafe-text": kind(400, "The text holds characters that must not reach the switch"),
  "reserved-variable": kind(400, "That channel variable is not for apps to set"),
  unauthorized: kind(401, "A valid bearer token is needed"),
  forbidden: kind(403, "The token lacks the scope for this"),
  "address-refused": kind(403, "This address may not use the interface"),
  "not-found": kind(404, "There is no such resource"),
  "extension-not-found": kind(404, "There is no such extension"),
  "call-not-found": kind(404, "There is no such call"),
  "leg-not-found": kind(404, "The call has no such leg"),
  "invitation-not-found": kind(404, "There is no such invitation"),
  "node-not-found": kind(404, "There is no such switch"),
  "token-not-found": kind(404, "There is no such token"),
  "extension-exists": kind(409, "The extension exists already"),
  "not-started": kind(409, "The invitation has not got that far"),
  "already-sent": kind(409, "An invitation of this id was sent already"),
  "already-accepted": kind(409, "The invitation was accepted already"),
  "already-ended": kind(409, "The invitation has ended already"),
  "proxy-account": kind(409, "The proxy account belongs to Patchcord itself"),
  "verb-not-allowed": kind(409, "The call is not in a state that allows this"),
  "switch-not-bound": kind(409, "The switch does not ask this Patchcord for its configuration"),
  "request-timeout": kind(408, "The request did not arrive in time", true),
  "payload-too-large": kind(413, "The request body is too large"),
  "content-too-long": kind(413, "The invitation's content is longer than 8 KiB"),
  "response-too-long": kind(413, "The response is longer than 8 KiB"),
  "channel-id-too-long": kind(413, "The channel id is longer than 64 bytes"),
  "unsupported-media-type": kind(415, "The request body is not of a supported type"),
  "media-refused": kind(422, "The session description cannot be used"),
  "upgrade-required": kind(426, "The resource is a WebSocket"),
  "rate-limited": kind(429, "Too many requests", true),
  "headers-too-large": kind(431, "The request's headers are too large"),
  "too-many-calls": kind(429, "The device has too many calls"),
  "too-many-devices": kind(429, "The web user is connected too many times"),
  "cannot-listen": kind(500, "The address to listen on cannot be had"),
  internal: kind(500, "Patchcord failed", true),
  "data-in-use": kind(500, "Another process uses the data directory"),
  "store-unusable": kind(500, "The database cannot be used"),
  "media-failed": kind(502, "The media could not be connected", true),
  "peer-refused": kind(502, "The telephone at the other end refused"),
  "switch-refused": kind(502, "The switch refused the command"),
  "switch-unavailable": kind(503, "No switch is connected", true),
  "no-free-port": kind(503, "No media port is free", true),
  "shutting-down": kind(503, "Patchcord is shutting down", true),
  "not-confirmed": kind(504, "The switch did not confirm in time", true),
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failures;

/** A failure with a stable code. `detail` tells this occurrence, and what to do next, to a person. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly detail: string;
  /** Members added to the problem document, e.g. `{state, allowed}` of `verb-not-allowed`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: FailureCode,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = "Failure";
    this.code = code;
    this.detail = detail;
    this.extra = extra;
  }
}

/** The words of whatever was thrown, for a log line or a detail. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

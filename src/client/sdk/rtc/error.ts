/**
 * What of the phone itself can fail. A refusal by Patchcord has the code of its `error` frame instead: `not-started`,
 * `already-sent`, `already-accepted`, `already-ended`, `content-too-long`, `response-too-long`, `channel-id-too-long`,
 * `too-many-calls`, `media-refused` …
 */
export type WebPhoneErrorCode =
  /** Patchcord does not take the token: unknown, expired, or its key was withdrawn. */
  | "unauthorized"
  /** An API token or the admin token: those are not for browsers. It was not sent anywhere. */
  | "not-a-web-token"
  /** Nothing answers at the address, or what answers is no Patchcord. */
  | "unreachable"
  /** There is no connection now; one is being made. */
  | "not-ready"
  /** The connection was lost before the answer came. */
  | "connection-lost"
  /** The phone was closed. */
  | "closed"
  /** No answer in time. */
  | "timeout"
  /** The page was not loaded over https or from localhost: browsers hand out no microphone. */
  | "insecure-context"
  | "microphone-refused"
  | "microphone-absent"
  /** There is one, which cannot be used: another program holds it, say. */
  | "microphone-failed"
  /** The two sides' media cannot be connected. */
  | "media-failed"
  | "invalid-digits"
  /** The call is not in a state that allows this. */
  | "not-allowed"
  | "already-ended";

/** What a request to the web phone failed with. `code` is stable. */
export class WebPhoneError extends Error {
  /** A `WebPhoneErrorCode`, or one of Patchcord's. */
  readonly code: string;
  /** This occurrence, and what to do next. */
  readonly detail: string;

  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = "WebPhoneError";
    this.code = code;
    this.detail = detail;
  }
}

/** `new WebPhoneError` with a code of the phone itself. */
export const phoneError = (code: WebPhoneErrorCode, detail: string, cause?: unknown): WebPhoneError =>
  new WebPhoneError(code, detail, cause === undefined ? {} : { cause });

/** Whatever was thrown while a call's media was handled, as an error with a code. */
export const asPhoneError = (thrown: unknown): WebPhoneError =>
  thrown instanceof WebPhoneError
    ? thrown
    : phoneError("media-failed", thrown instanceof Error ? thrown.message : String(thrown), thrown);

import type { SipResponse } from "./model.ts";

/** What was received is no SIP message that may be acted upon. */
export class SipParseError extends Error {
  override readonly name = "SipParseError";
  /** What a server answers: 400, 505 (another version) or 513 (too large). */
  readonly status: number;
  /** For people and the reason phrase; repeats nothing that was received. */
  readonly reason: string;
  /**
   * The finished answer, where the message is a request other than ACK whose top Via can be read; its Via has
   * still to be stamped.
   */
  readonly response: SipResponse | undefined;

  constructor(reason: string, status = 400, response?: SipResponse) {
    super(reason);
    this.status = status;
    this.reason = reason;
    this.response = response;
  }
}

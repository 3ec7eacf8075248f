import type {
  AgentCounts,
  InviteOptions,
  OutgoingHandlers,
  OutgoingInvite,
  RegisterOptions,
  Registration,
  RegistrationHandlers,
  UserAgentOptions,
} from "./model.ts";

/** A SIP user agent (RFC 3261), INVITE both ways and registration, over the transports it is given. */
export declare class UserAgent {
  private constructor();
  static open(options: UserAgentOptions): Promise<UserAgent>;
  /** Returns at once; nothing is told to `handlers` before it returns. */
  invite(options: InviteOptions, handlers: OutgoingHandlers): OutgoingInvite;
  register(options: RegisterOptions, handlers: RegistrationHandlers): Registration;
  counts(): AgentCounts;
  /** Un-registers, cancels, rejects with 503 and ends with BYE what is left. Idempotent; settles everything. */
  close(): Promise<void>;
}

export type { AcceptOptions, Call, CallEnd, CallEvents, RefuseOptions } from "./call.ts";
export { WebPhoneError, type WebPhoneErrorCode } from "./error.ts";
export {
  connect,
  WebPhone,
  type InviteOptions,
  type WebPhoneEvents,
  type WebPhoneOptions,
  type WebPhoneState,
  type WebUser,
} from "./phone.ts";

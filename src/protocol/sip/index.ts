export type {
  Flow,
  Protocol,
  SipAddress,
  SipMessage,
  SipRequest,
  SipResponse,
  Transport,
  TransportEvents,
} from "./model.ts";

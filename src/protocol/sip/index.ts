export { parseAddress, printAddress, type NameAddress } from "./address.ts";
export type {
  AgentCounts,
  Dialog,
  DialogHandlers,
  DialogId,
  HeaderPair,
  IncomingHandlers,
  IncomingInvite,
  IncomingOffer,
  IncomingRefer,
  InviteOptions,
  OutgoingHandlers,
  OutgoingInvite,
  ReferHandlers,
  RegisterOptions,
  Registration,
  RegistrationHandlers,
  Transports,
  UserAgentHandlers,
  UserAgentOptions,
} from "./agent/model.ts";
export { UserAgent } from "./agent/user-agent.ts";
export {
  authorize,
  chooseChallenge,
  parseChallenge,
  type Authorization,
  type Challenge,
  type Credentials,
} from "./digest.ts";
export type { Params } from "./params.ts";
export { Headers } from "./headers.ts";
export { parseMessage } from "./message.ts";
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
export { SipParseError } from "./parse-error.ts";
export { printMessage } from "./print.ts";
export { addressText, requestProtocol, responseTargets, stampVia } from "./routing.ts";
export { parseCSeq, parseRAck, type CSeq, type RAck } from "./sequence.ts";
export { reasonPhrase } from "./status.ts";
export {
  TransportError,
  type ListenOptions,
  type TransportCounts,
  type TransportErrorCode,
} from "./transport.ts";
export { openTransports } from "./transports.ts";
export { openTcp, type TcpTransport } from "./tcp.ts";
export { openUdp, type UdpTransport } from "./udp.ts";
export { parseUri, printUri, type SipUri, type UriParts } from "./uri.ts";
export {
  parseContentType,
  parseReason,
  parseValue,
  printReason,
  printValue,
  type ContentType,
  type ParamValue,
  type Reason,
} from "./values.ts";
export { parseVia, printVia, type Via } from "./via.ts";

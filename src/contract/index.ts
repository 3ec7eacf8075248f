export { Problem, type Page } from "./common.ts";
export {
  BulkInput,
  BulkResult,
  Extension,
  ExtensionCreated,
  ExtensionInput,
  ExtensionPage,
  ExtensionPatch,
  ExtensionPath,
  ExtensionQuery,
} from "./extensions.ts";
export {
  Call,
  CallPage,
  CallPath,
  CallQuery,
  CallWithTimeline,
  DialAccepted,
  DialInput,
  OperationAccepted,
  verbInputs,
  type VerbInput,
  type VerbName,
  verbNames,
  VerbQuery,
} from "./calls.ts";
export { Node, NodePage, NodeQuery, Registration, RegistrationPage, RegistrationQuery } from "./switches.ts";
export { ExplainQuery, Explanation } from "./explain.ts";
export { Token, TokenCreated, TokenInput, TokenPage, TokenPath, TokenQuery } from "./tokens.ts";
export { EventFrame, EventQuery, GapFrame } from "./events.ts";
export { Health, Readiness } from "./health.ts";
export {
  ClientFrames,
  type IceServer,
  signallingProtocol,
  SignallingQuery,
  type ClientFrame,
  type ClientFrameType,
  type InvitationState,
  type ServerFrame,
  type SignallingLimits,
} from "./signalling.ts";
export {
  SigningKey,
  SigningKeys,
  WebClient,
  WebClientPage,
  WebClientQuery,
  WebClientToken,
  WebClientTokenInput,
} from "./webclients.ts";

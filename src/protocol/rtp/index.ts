export { Continuity } from "./continuity.ts";
export { DigitReader, type Digit } from "./digit-reader.ts";
export { DigitSender, type DigitPacket } from "./digit-sender.ts";
export type { SrtpKeys, SrtpProfile } from "./keys.ts";
export {
  kindOf,
  rewriteRtp,
  RtpHeader,
  setMarker,
  writeRtpHeader,
  type RtpFields,
  type WireKind,
} from "./packet.ts";
export { reportPacket, takeReports } from "./reports.ts";
export {
  buildRtcp,
  parseRtcp,
  type OwnRtcp,
  type ReportBlock,
  type RtcpPacket,
  type SenderInfo,
} from "./rtcp.ts";
export { srtcpOverhead, srtpOverhead, SrtpReceiver, SrtpSender, type SrtpDrop } from "./srtp.ts";
export { ReceivedStream, SentStream } from "./statistics.ts";
export {
  digitOf,
  eventOf,
  readTelephoneEvent,
  rescaleTelephoneEvent,
  writeTelephoneEvent,
  type TelephoneEvent,
} from "./telephone-event.ts";

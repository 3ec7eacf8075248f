export { readAudio } from "./audio.ts";
export { chooseCodecs, isTelephoneEvent, payloadMap, relayable, sameCodec, unmapped } from "./codecs.ts";
export { answerDirection } from "./direction.ts";
export { SdpError } from "./error.ts";
export { LocalSession, type Local } from "./local.ts";
export type {
  Attribute,
  Audio,
  Codec,
  Connection,
  Direction,
  Dtls,
  Endpoint,
  Ice,
  MediaDescription,
  Origin,
  SessionDescription,
} from "./model.ts";
export { parseSdp } from "./parse.ts";
export { printSdp } from "./print.ts";

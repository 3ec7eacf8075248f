import { Failure } from "../../base/index.ts";
import {
  parseSdp,
  readAudio,
  SdpError,
  type Audio,
  type SessionDescription,
} from "../../protocol/sdp/index.ts";

/** A peer's description and what it says of the audio that we relay. */
export interface Described {
  readonly description: SessionDescription;
  readonly audio: Audio;
}

/** @throws Failure `media-refused` */
export function described(sdp: string, transport: "plain" | "secure"): Described {
  return refusing(() => {
    const description = parseSdp(sdp);
    return { description, audio: readAudio(description, transport) };
  });
}

/** Runs what reads or writes descriptions; its SdpError becomes the Failure `media-refused`. */
export function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SdpError) throw refused(error.message);
    throw error;
  }
}

export const refused = (why: string): Failure =>
  new Failure("media-refused", `The session description cannot be used: ${why}.`);

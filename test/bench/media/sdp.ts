import { LocalSession, parseSdp, readAudio } from "../../../src/protocol/sdp/index.ts";
import { host, type Sdes } from "./messages.ts";

const pcmu = { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" };

/** PCMU in the clear at a port. */
export const plainSdp = (port: number): string =>
  new LocalSession("1").offer({ rtp: { host, port }, codecs: [pcmu], direction: "sendrecv", ptime: 20 });

/** PCMU as SRTP at a port, with a key that stands in it (RFC 4568); an answer takes the tag of its offer. */
export function sdesSdp({ port, key }: Sdes, offer?: string): string {
  const tag = offer === undefined ? "1" : cryptoOf(offer).tag;
  const crypto = `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key}\r\n`;
  return plainSdp(port).replace("RTP/AVP", "RTP/SAVP") + crypto;
}

/** The port in a description. */
export function portOf(sdp: string): number {
  const { rtp } = readAudio(parseSdp(sdp));
  if (rtp?.host !== host) throw new Error(`no media on ${host}: ${sdp}`);
  return rtp.port;
}

/** The SRTP end in a description. */
export const sdesOf = (sdp: string): Sdes => ({ port: portOf(sdp), key: cryptoOf(sdp).key });

function cryptoOf(sdp: string): { readonly tag: string; readonly key: string } {
  const [, tag, key] =
    /^a=crypto:([0-9]+) AES_CM_128_HMAC_SHA1_80 inline:([A-Za-z0-9+/=]{40})/m.exec(sdp) ?? [];
  if (tag === undefined || key === undefined) throw new Error(`no key in ${sdp}`);
  return { tag, key };
}

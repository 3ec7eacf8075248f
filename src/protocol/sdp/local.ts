import { isIP } from "node:net";
import { isPlainRtp } from "./audio.ts";
import { isTelephoneEvent } from "./codecs.ts";
import { SdpError } from "./error.ts";
import type {
  Attribute,
  Audio,
  Codec,
  Connection,
  Direction,
  Endpoint,
  MediaDescription,
  SessionDescription,
} from "./model.ts";
import { printSdp } from "./print.ts";

/** Where and how we take audio. RTCP is on the port above, or with rtcp-mux on the same. */
export interface Local {
  readonly rtp: Endpoint;
  /** In the order of preference; not empty. */
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  /** Milliseconds. */
  readonly ptime?: number;
}

/**
 * Writes our side's plain RTP/AVP descriptions of one session. `o=` keeps its id; its version grows by one with every
 * description that differs from the one before (RFC 3264 section 8).
 */
export class LocalSession {
  readonly #sessionId: string;
  #version = 0;
  #previous = "";

  /** `sessionId`: digits. */
  constructor(sessionId: string) {
    if (!/^[0-9]{1,20}$/.test(sessionId)) throw new RangeError("a session id is made of digits");
    this.#sessionId = sessionId;
  }

  offer(local: Local): string {
    return this.#print(local.rtp.host, [audioOf(local, "RTP/AVP", [])]);
  }

  /**
   * Answers every description of the offer in its place; all but `audio`, which was read from it, are refused (port 0,
   * RFC 3264 section 6). rtcp-mux is answered where it is offered. Throws SdpError if `audio` is not RTP in the clear.
   */
  answer(offer: SessionDescription, audio: Audio, local: Local): string {
    if (!isPlainRtp(audio.protocol)) throw new SdpError("the audio description is not of RTP in the clear");
    const extra: Attribute[] = [];
    if (audio.mid !== null) extra.push({ name: "mid", value: audio.mid });
    if (audio.rtcpMux) extra.push({ name: "rtcp-mux", value: null });
    const media = offer.media.map((description, index) =>
      index === audio.index ? audioOf(local, audio.protocol, extra) : refused(description),
    );
    return this.#print(local.rtp.host, media);
  }

  #print(host: string, media: readonly MediaDescription[]): string {
    const connection = connectionTo(host);
    const printed = (version: number): string =>
      printSdp({
        origin: { username: "-", sessionId: this.#sessionId, sessionVersion: `${version}`, ...connection },
        name: "-",
        connection,
        attributes: [],
        media,
      });
    if (printed(this.#version) !== this.#previous) this.#version += 1;
    this.#previous = printed(this.#version);
    return this.#previous;
  }
}

function connectionTo(host: string): Connection {
  const family = isIP(host);
  if (family === 0) throw new RangeError("media is taken at an IP address");
  return { addressType: family === 4 ? "IP4" : "IP6", address: host };
}

function audioOf(local: Local, protocol: string, extra: readonly Attribute[]): MediaDescription {
  const { codecs, ptime } = local;
  if (codecs.length === 0) throw new RangeError("an audio description has a codec");
  return {
    kind: "audio",
    port: local.rtp.port,
    protocol,
    formats: codecs.map(({ payloadType }) => `${payloadType}`),
    connection: null,
    attributes: [
      ...codecs.flatMap((codec) => codecAttributes(codec)),
      ...(ptime === undefined ? [] : [{ name: "ptime", value: `${ptime}` }]),
      ...extra,
      { name: local.direction, value: null },
    ],
  };
}

function codecAttributes(codec: Codec): Attribute[] {
  const type = codec.payloadType;
  const channels = codec.channels === 1 ? "" : `/${codec.channels}`;
  // RFC 4733 section 2.4.1: without it, the digits are meant, and some phones then send none.
  const fmtp = codec.fmtp === "" && isTelephoneEvent(codec) ? "0-15" : codec.fmtp;
  return [
    { name: "rtpmap", value: `${type} ${codec.name}/${codec.clockRate}${channels}` },
    ...(fmtp === "" ? [] : [{ name: "fmtp", value: `${type} ${fmtp}` }]),
  ];
}

const refused = ({ kind, protocol, formats }: MediaDescription): MediaDescription => ({
  kind,
  port: 0,
  protocol,
  formats: formats.length > 0 ? formats : ["0"],
  connection: null,
  attributes: [],
});

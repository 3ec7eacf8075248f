import { printHostCandidate, type Credentials } from "../../protocol/ice/index.ts";
import {
  isTelephoneEvent,
  printSdp,
  type Attribute,
  type Audio,
  type Codec,
  type Direction,
  type Endpoint,
  type MediaDescription,
  type SessionDescription,
} from "../../protocol/sdp/index.ts";

/** Our side of a browser's session, as descriptions tell it. */
export interface WebLocal {
  readonly rtp: Endpoint;
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  readonly ice: Credentials;
  /** SHA-256. */
  readonly fingerprint: string;
  readonly setup: "actpass" | "active" | "passive";
  readonly ssrc: number;
  readonly cname: string;
}

const flag = (name: string): Attribute => ({ name, value: null });
const line = (name: string, value: string): Attribute => ({ name, value });

/** The media stream and track that a browser is told: they name nothing but themselves. */
const msid = "patchcord audio";

/** Writes the descriptions of one browser's session (RFC 8829 sections 5.2 and 5.3): one audio description, bundled. */
export class WebSession {
  readonly #sessionId: string;
  #version = 0;

  /** `sessionId`: digits. */
  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  offer(local: WebLocal, mid: string): string {
    return this.#print(local, mid, [audioOf(local, "UDP/TLS/RTP/SAVPF", mid)]);
  }

  /** Every description but `audio`, which was read from the offer, is refused: video and data have nowhere to go. */
  answer(offer: SessionDescription, audio: Audio, local: WebLocal): string {
    const media = offer.media.map((one, index) =>
      index === audio.index ? audioOf(local, audio.protocol, audio.mid) : refusal(one),
    );
    return this.#print(local, audio.mid, media);
  }

  #print(local: WebLocal, mid: string | null, media: readonly MediaDescription[]): string {
    this.#version += 1;
    return printSdp({
      origin: {
        username: "-",
        sessionId: this.#sessionId,
        sessionVersion: `${this.#version}`,
        addressType: "IP4",
        address: local.rtp.host,
      },
      name: "-",
      connection: null,
      attributes: [
        ...(mid === null ? [] : [line("group", `BUNDLE ${mid}`)]),
        line("msid-semantic", " WMS patchcord"),
      ],
      media,
    });
  }
}

function audioOf(local: WebLocal, protocol: string, mid: string | null): MediaDescription {
  const { rtp, codecs, ice, ssrc, cname } = local;
  return {
    kind: "audio",
    port: rtp.port,
    protocol,
    formats: codecs.map(({ payloadType }) => `${payloadType}`),
    connection: { addressType: "IP4", address: rtp.host },
    attributes: [
      line("rtcp", `${rtp.port} IN IP4 ${rtp.host}`),
      line("ice-ufrag", ice.userFragment),
      line("ice-pwd", ice.password),
      line("fingerprint", `sha-256 ${local.fingerprint}`),
      line("setup", local.setup),
      ...(mid === null ? [] : [line("mid", mid)]),
      line("msid", msid),
      flag(local.direction),
      flag("rtcp-mux"),
      ...codecs.flatMap((codec) => codecLines(codec)),
      line("ssrc", `${ssrc} cname:${cname}`),
      line("ssrc", `${ssrc} msid:${msid}`),
      line("candidate", printHostCandidate(rtp.host, rtp.port)),
      flag("end-of-candidates"),
    ],
  };
}

function codecLines(codec: Codec): Attribute[] {
  const { payloadType, name, clockRate, channels } = codec;
  const encoding = `${name}/${clockRate}${channels === 1 ? "" : `/${channels}`}`;
  const fmtp = codec.fmtp === "" && isTelephoneEvent(codec) ? "0-15" : codec.fmtp;
  return [
    line("rtpmap", `${payloadType} ${encoding}`),
    ...(fmtp === "" ? [] : [line("fmtp", `${payloadType} ${fmtp}`)]),
  ];
}

/** RFC 8829 section 5.3.1: port 0, in its place and under its name. */
const refusal = ({ kind, protocol, formats, attributes }: MediaDescription): MediaDescription => ({
  kind,
  port: 0,
  protocol,
  formats,
  connection: { addressType: "IP4", address: "0.0.0.0" },
  attributes: [...attributes.filter(({ name }) => name === "mid"), flag("inactive")],
});

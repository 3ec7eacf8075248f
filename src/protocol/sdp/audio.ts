import { isIP } from "node:net";
import { codecsOf } from "./codecs.ts";
import { directionOf, takesMedia, withoutReceiving } from "./direction.ts";
import { SdpError } from "./error.ts";
import type {
  Attribute,
  Audio,
  Connection,
  Dtls,
  Endpoint,
  Ice,
  MediaDescription,
  SessionDescription,
} from "./model.ts";

const plain = /^RTP\/AVPF?$/i;
const secure = /^(UDP\/TLS\/)?RTP\/SAVPF?$/i;

export const isPlainRtp = (protocol: string): boolean => plain.test(protocol);

/**
 * The first audio description that is not refused; of RTP in the clear, of SRTP, or of either. Throws SdpError when
 * there is none, or when its ICE or DTLS attributes are malformed.
 */
export function readAudio(description: SessionDescription, transport?: "plain" | "secure"): Audio {
  const index = description.media.findIndex(
    ({ kind, port, protocol }) =>
      kind === "audio" &&
      port !== 0 &&
      ((transport !== "secure" && plain.test(protocol)) || (transport !== "plain" && secure.test(protocol))),
  );
  const media = description.media[index];
  if (!media) throw new SdpError(`no audio description of ${transport ?? "any"} RTP`);
  const session = description.attributes;
  const first = (name: string): string | null => valueOf(media.attributes, name);
  // Of RTP in the clear, ICE and DTLS are nothing that we would do, so nothing to refuse it for.
  const open = isPlainRtp(media.protocol);
  const ice = open ? null : readIce(session, media);
  const connection = media.connection ?? description.connection;
  // RFC 3264 section 8.4: the old way to hold. With ICE, candidates say where media goes, and that is a placeholder.
  const parked = !ice && connection !== null && isUnspecified(connection.address);
  const said = directionOf(session, media.attributes);
  const direction = parked ? withoutReceiving(said) : said;
  const rtp = endpoint(connection?.address, media.port);
  const rtcpMux = first("rtcp-mux") !== null;
  const ptime = Number(first("ptime") ?? Number.NaN);
  return {
    index,
    mid: first("mid"),
    codecs: codecsOf(media),
    direction,
    held: !takesMedia(direction),
    rtp,
    rtcp: rtcpMux ? rtp : rtcpEndpoint(first("rtcp"), connection, media),
    rtcpMux,
    protocol: media.protocol,
    ptime: ptime >= 1 && ptime <= 1000 ? ptime : null,
    ice,
    dtls: open ? null : readDtls(session, media),
  };
}

/** Of the first attribute of that name; empty for one without a value. */
function valueOf(attributes: readonly Attribute[], name: string): string | null {
  const found = attributes.find((attribute) => attribute.name === name);
  return found ? (found.value ?? "") : null;
}

const isUnspecified = (address: string): boolean => address === "0.0.0.0" || address === "::";

function endpoint(host: string | undefined, port: number): Endpoint | null {
  // RFC 8840 section 4.1.1: port 9 stands for "not yet known".
  if (host === undefined || isIP(host) === 0 || isUnspecified(host) || isMulticast(host)) return null;
  return port === 0 || port === 9 || port > 65_535 ? null : { host, port };
}

const isMulticast = (host: string): boolean =>
  isIP(host) === 4 ? /^(22[4-9]|23[0-9]|255)\./.test(host) : /^ff/i.test(host);

/** RFC 3605; without it the port above RTP's (RFC 3550 section 11). */
function rtcpEndpoint(
  value: string | null,
  connection: Connection | null,
  media: MediaDescription,
): Endpoint | null {
  const [, port, address] = /^([0-9]{1,5})(?: +IN +IP[46] +(\S+))?$/.exec(value ?? "") ?? [];
  return endpoint(address ?? connection?.address, port === undefined ? media.port + 1 : Number(port));
}

/** RFC 8839 section 5: the media's own, else the session's. */
function readIce(session: readonly Attribute[], media: MediaDescription): Ice | null {
  const either = (name: string): string | null => valueOf(media.attributes, name) ?? valueOf(session, name);
  const [userFragment, password] = [either("ice-ufrag"), either("ice-pwd")];
  if (userFragment === null && password === null) return null;
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(userFragment ?? "") || !/^[A-Za-z0-9+/]{22,256}$/.test(password ?? "")) {
    throw new SdpError("ice-ufrag or ice-pwd is malformed");
  }
  return {
    userFragment: userFragment ?? "",
    password: password ?? "",
    lite: valueOf(session, "ice-lite") !== null,
    candidates: media.attributes.flatMap(({ name, value }) =>
      name === "candidate" && value !== null ? [value] : [],
    ),
  };
}

/** RFC 8122, RFC 8842: the media's own, else the session's. */
function readDtls(session: readonly Attribute[], media: MediaDescription): Dtls | null {
  const own = fingerprintsOf(media.attributes);
  const texts = own.length > 0 ? own : fingerprintsOf(session);
  if (texts.length === 0) return null;
  // RFC 4145 section 4: the default of an attribute that all but the oldest peers write.
  const setup = valueOf(media.attributes, "setup") ?? valueOf(session, "setup") ?? "active";
  if (setup !== "active" && setup !== "passive" && setup !== "actpass" && setup !== "holdconn") {
    throw new SdpError("setup is malformed");
  }
  return {
    setup,
    fingerprints: texts.map((text) => {
      const [, hash, value] = /^([-0-9A-Za-z]+) +((?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{2})$/.exec(text) ?? [];
      if (hash === undefined || value === undefined) throw new SdpError("a fingerprint is malformed");
      return { hash: hash.toLowerCase(), value: value.toUpperCase() };
    }),
  };
}

const fingerprintsOf = (attributes: readonly Attribute[]): string[] =>
  attributes.flatMap(({ name, value }) => (name === "fingerprint" ? [value ?? ""] : []));

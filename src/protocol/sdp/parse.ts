import { isIP } from "node:net";
import { SdpError } from "./error.ts";
import type { Attribute, Connection, MediaDescription, Origin, SessionDescription } from "./model.ts";

/** A browser with all its codecs and candidates stays below a third of each. */
const maxCharacters = 64 * 1024;
const maxLineCharacters = 4096;
const maxLines = 2000;
const maxMedia = 32;

// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]|\r(?!\n)/;
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
const protocols = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+(\/[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+)*$/;
const hostName = /^[0-9A-Za-z]([-.0-9A-Za-z]{0,253}[0-9A-Za-z])?$/;
const digits = /^[0-9]{1,32}$/;

interface OpenMedia extends MediaDescription {
  connection: Connection | null;
  readonly attributes: Attribute[];
}

/**
 * Reads a session description (RFC 8866): tolerant of what deployed peers do (bare LF, empty lines, a missing s= or
 * t=, lines in another order), strict on sizes and control characters. Throws SdpError.
 */
export function parseSdp(text: string): SessionDescription {
  if (text.length > maxCharacters) throw new SdpError(`more than ${maxCharacters} characters`);
  if (forbidden.test(text)) throw new SdpError("control characters");
  const lines = text.split(/\r?\n/);
  if (lines.length > maxLines) throw new SdpError(`more than ${maxLines} lines`);

  let version = false;
  let origin: Origin | undefined;
  let name = "-";
  let connection: Connection | null = null;
  const attributes: Attribute[] = [];
  const media: OpenMedia[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const fail = (reason: string): never => {
      throw new SdpError(`line ${index + 1}: ${reason}`);
    };
    if (line.length > maxLineCharacters) fail(`more than ${maxLineCharacters} characters`);
    if (!/^[a-z]=/.test(line)) fail("not of the form x=…");
    const value = line.slice(2).trim();
    if (!version && !line.startsWith("v=")) fail("v= must come first");
    const current = media.at(-1);
    switch (line.charAt(0)) {
      case "v":
        if (value !== "0" || version) fail("v= is not 0, or comes twice");
        version = true;
        break;
      case "o":
        if (origin) fail("a second o=");
        origin = parseOrigin(value) ?? fail("o= is malformed");
        break;
      case "s":
        if (!current) name = value || "-";
        break;
      case "c": {
        const parsed = parseConnection(value) ?? fail("c= is malformed");
        if (current) current.connection ??= parsed;
        else connection ??= parsed;
        break;
      }
      case "m":
        if (media.length === maxMedia) fail(`more than ${maxMedia} media descriptions`);
        media.push(parseMedia(value) ?? fail("m= is malformed"));
        break;
      case "a":
        (current?.attributes ?? attributes).push(parseAttribute(value) ?? fail("a= is malformed"));
        break;
      default:
    }
  }
  if (!version) throw new SdpError("empty");
  if (!origin) throw new SdpError("o= is missing");
  return { origin, name, connection, attributes, media };
}

function parseOrigin(value: string): Origin | null {
  const [username = "", sessionId = "", sessionVersion = "", network, type, address, ...more] =
    value.split(/ +/);
  const place = parsePlace(network, type, address);
  if (!place || more.length > 0 || username === "") return null;
  if (!digits.test(sessionId) || !digits.test(sessionVersion)) return null;
  return { username, sessionId, sessionVersion, ...place };
}

function parseConnection(value: string): Connection | null {
  const [network, type, address, ...more] = value.split(/ +/);
  // Multicast's TTL and range say nothing that we could use.
  return more.length > 0 ? null : parsePlace(network, type, address?.replace(/\/.*$/, ""));
}

function parsePlace(network?: string, type?: string, address?: string): Connection | null {
  if (network?.toUpperCase() !== "IN" || address === undefined) return null;
  const addressType = type?.toUpperCase();
  if (addressType !== "IP4" && addressType !== "IP6") return null;
  // Peers write names, and addresses of the other family, into o= where nobody reads them.
  return isIP(address) !== 0 || hostName.test(address) ? { addressType, address } : null;
}

function parseMedia(value: string): OpenMedia | null {
  const [kind = "", portText = "", protocol = "", ...formats] = value.split(/ +/);
  const port = /^([0-9]{1,5})(\/[0-9]{1,5})?$/.exec(portText)?.[1];
  if (!token.test(kind) || port === undefined || Number(port) > 65_535 || !protocols.test(protocol)) {
    return null;
  }
  if (!formats.every((format) => token.test(format))) return null;
  return { kind, port: Number(port), protocol, formats, connection: null, attributes: [] };
}

function parseAttribute(value: string): Attribute | null {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  if (!token.test(name)) return null;
  return { name, value: colon < 0 ? null : value.slice(colon + 1).trim() };
}

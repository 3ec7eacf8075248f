import { isIPv6 } from "node:net";
import { SipParseError } from "./parse-error.ts";
import { decimal, skipSpace } from "./grammar.ts";

/** A host as messages write it: IPv6 in brackets. */
export const hostText = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** The other way round: what a socket wants. */
export const hostAddress = (host: string): string =>
  host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;

const hostname = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/u;

/**
 * Reads `host [ ":" port ]`, which must be the whole text. Spaces may surround the colon, as in a Via
 * (RFC 3261 section 25.1, `COLON`).
 */
export function parseHostPort(text: string): { readonly host: string; readonly port: number | undefined } {
  const bracket = text.startsWith("[") ? text.indexOf("]") : -1;
  const colon = text.indexOf(":", Math.max(bracket, 0));
  const host = (colon < 0 ? text : text.slice(0, colon)).trimEnd();
  if (bracket > 0 ? !isIPv6(hostAddress(host)) : !hostname.test(host) || host.length > 255) {
    throw new SipParseError("a host that is neither a name nor an address");
  }
  if (colon < 0) return { host, port: undefined };
  const port = decimal(text.slice(skipSpace(text, colon + 1)), 65_535);
  if (port === undefined || port === 0) throw new SipParseError("a port that is none");
  return { host, port };
}

import { Failure } from "../../base/index.ts";
import { alphanumeric } from "./grammar.ts";
import type { Params } from "./params.ts";
import { hostText, parseHostPort } from "./host.ts";
import { SipParseError } from "./parse-error.ts";

/** RFC 3261 section 19.1. Every part is held with its escapes resolved, and escaped again when printed. */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  readonly user?: string;
  readonly password?: string;
  /** IPv6 in brackets, as written. */
  readonly host: string;
  readonly port?: number;
  /** Of a parameter that comes twice the first. */
  readonly params: Params;
  /** `?name=value&…`, as in a Refer-To with Replaces. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/u;

/** What no URI holds unescaped: white space, controls, delimiters of the text around it. */
// oxlint-disable-next-line no-control-regex -- a URI's forbidden characters are controls
const forbidden = /[\0-\u0020"<>\\^`{|}\u007F]/u;

/** Whether text has the outer form of a URI, whatever its scheme: nothing in it ends the URI early. */
export function isUri(text: string): boolean {
  const found = scheme.exec(text)?.[0];
  return found !== undefined && found.length < text.length && !forbidden.test(text);
}

/** The scheme in lower case; throws for text that is no URI of any scheme. */
export function uriScheme(text: string): string {
  if (!isUri(text)) throw new SipParseError("a URI that is none");
  return text.slice(0, text.indexOf(":")).toLowerCase();
}

const escapes = /(?:%[0-9A-Fa-f]{2})+/gu;

function unescape(text: string): string {
  if (!text.includes("%")) return text;
  const decoded = text.replaceAll(escapes, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
  if (text.replaceAll(escapes, "").includes("%")) throw new SipParseError("an escape that is none");
  return decoded;
}

const unreserved = `${alphanumeric}-_.!~*'()`;
const userCharacters = new Set(`${unreserved}&=+$,;?/`);
const passwordCharacters = new Set(`${unreserved}&=+$,`);
const paramCharacters = new Set(`${unreserved}[]/:&+$`);
const headerCharacters = new Set(`${unreserved}[]/?:+$`);

function escape(text: string, allowed: ReadonlySet<string>): string {
  let escaped = "";
  for (const character of text) {
    if (allowed.has(character)) escaped += character;
    else
      for (const byte of Buffer.from(character))
        escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

function parseUriParams(text: string): Params {
  const params = new Map<string, string | null>();
  for (const part of text.split(";")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = unescape(equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (name === "") throw new SipParseError("a URI parameter without a name");
    if (!params.has(name)) params.set(name, equals < 0 ? null : unescape(part.slice(equals + 1)));
  }
  return params;
}

function parseUriHeaders(text: string): [string, string][] {
  if (text === "") return [];
  return text.split("&").map((part) => {
    const equals = part.indexOf("=");
    if (equals <= 0) throw new SipParseError("a URI header without a name or a value");
    return [unescape(part.slice(0, equals)), unescape(part.slice(equals + 1))];
  });
}

/** Reads a `sip:` or `sips:` URI. Throws a SipParseError, for other schemes too. */
export function parseUri(text: string): SipUri {
  const found = uriScheme(text);
  if (found !== "sip" && found !== "sips") throw new SipParseError("a URI of another scheme", 416);
  const rest = text.slice(found.length + 1);
  // Neither parameters nor headers hold an unescaped @, while a user may hold `;` and `?`.
  const at = rest.lastIndexOf("@");
  if (at !== rest.indexOf("@")) throw new SipParseError("a URI with two hosts");
  if (at === 0) throw new SipParseError("a URI with an empty user");
  const question = rest.indexOf("?", at + 1);
  const head = question < 0 ? rest : rest.slice(0, question);
  const semicolon = head.indexOf(";", at + 1);
  const hostPort = head.slice(at + 1, semicolon < 0 ? undefined : semicolon);
  if (hostPort.includes("@")) throw new SipParseError("a URI with two hosts");
  const { host, port } = parseHostPort(hostPort);
  const uri = {
    scheme: found,
    host,
    ...(port === undefined ? {} : { port }),
    params: parseUriParams(semicolon < 0 ? "" : head.slice(semicolon + 1)),
    headers: parseUriHeaders(question < 0 ? "" : rest.slice(question + 1)),
  } as const;
  if (at < 0) return uri;
  const userInfo = rest.slice(0, at);
  const colon = userInfo.indexOf(":");
  if (colon < 0) return { ...uri, user: unescape(userInfo) };
  if (colon === 0) throw new SipParseError("a URI with an empty user");
  return { ...uri, user: unescape(userInfo.slice(0, colon)), password: unescape(userInfo.slice(colon + 1)) };
}

/** What a URI is made of; parameters and headers may be left out. */
export type UriParts = Omit<SipUri, "params" | "headers"> & Partial<Pick<SipUri, "params" | "headers">>;

/** Whatever a part holds it stays in its place. Throws `unsafe-text` for a host that is none or an empty user. */
export function printUri(uri: UriParts): string {
  let host: string;
  try {
    host = parseHostPort(hostText(uri.host)).host;
  } catch (error) {
    throw new Failure(
      "unsafe-text",
      "A SIP URI's host is neither a name nor an address.",
      {},
      { cause: error },
    );
  }
  if (uri.user === "") throw new Failure("unsafe-text", "A SIP URI's user is empty.");
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escape(uri.user, userCharacters);
    if (uri.password !== undefined) text += `:${escape(uri.password, passwordCharacters)}`;
    text += "@";
  }
  text += host;
  if (uri.port !== undefined) text += `:${uri.port}`;
  for (const [name, value] of uri.params ?? []) {
    text += `;${escape(name, paramCharacters)}`;
    if (value !== null) text += `=${escape(value, paramCharacters)}`;
  }
  const headers = (uri.headers ?? []).map(
    ([name, value]) => `${escape(name, headerCharacters)}=${escape(value, headerCharacters)}`,
  );
  return headers.length === 0 ? text : `${text}?${headers.join("&")}`;
}

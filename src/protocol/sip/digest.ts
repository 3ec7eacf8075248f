import { createHash } from "node:crypto";
import { quoted, quotedEnd, skipSpace, tokenEnd, unquote } from "./grammar.ts";
import { safeText } from "./headers.ts";
import { SipParseError } from "./parse-error.ts";

/** RFC 7616 section 3.3 and RFC 8760: what a server asks for in WWW-Authenticate or Proxy-Authenticate. */
export interface Challenge {
  /** In lower case; only `digest` can be answered. */
  readonly scheme: string;
  readonly realm: string;
  readonly nonce: string;
  /** Handed back as it came. */
  readonly opaque?: string;
  /** The nonce was too old, the password was right: the same request again with this nonce (RFC 7616 section 3.3). */
  readonly stale: boolean;
  /** As written; `MD5` where none was. */
  readonly algorithm: string;
  /** In lower case; empty when none was offered (RFC 2069). */
  readonly qop: readonly string[];
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Authorization {
  readonly challenge: Challenge;
  readonly credentials: Credentials;
  readonly method: string;
  /** The Request-URI as it is sent. */
  readonly uri: string;
  /** Counts only where the server wants `auth-int` and nothing less. */
  readonly body: Uint8Array;
  /** Ours, random. */
  readonly cnonce: string;
  /** How many requests were sent with this nonce, this one included. */
  readonly nonceCount: number;
}

/** By `algorithm` in lower case. `-sess` mixes the nonces into the secret (RFC 7616 section 3.4.2). */
const algorithms: Readonly<Record<string, { readonly hash: string; readonly session: boolean }>> = {
  md5: { hash: "md5", session: false },
  "md5-sess": { hash: "md5", session: true },
  "sha-256": { hash: "sha256", session: false },
  "sha-256-sess": { hash: "sha256", session: true },
};

/** How a challenge is answered; undefined for one that is not to be answered. */
function howTo(
  challenge: Challenge,
): { hash: string; session: boolean; qop: string | undefined } | undefined {
  const algorithm = algorithms[challenge.algorithm.toLowerCase()];
  if (challenge.scheme !== "digest" || !algorithm) return undefined;
  const qop = ["auth", "auth-int"].find((one) => challenge.qop.includes(one));
  // Without qop no cnonce is sent, which a session's secret is made of.
  if (qop === undefined && (challenge.qop.length > 0 || algorithm.session)) return undefined;
  return { ...algorithm, qop };
}

/** `name=value` pairs behind a scheme, separated by commas. Throws a SipParseError. */
function parseAuthParams(text: string, at: number): Map<string, string> {
  const params = new Map<string, string>();
  let next = skipSpace(text, at);
  while (next < text.length) {
    const end = tokenEnd(text, next);
    const name = text.slice(next, end).toLowerCase();
    const equals = skipSpace(text, end);
    if (name === "" || text[equals] !== "=")
      throw new SipParseError("an authentication parameter is expected");
    if (params.has(name)) throw new SipParseError("an authentication parameter that comes twice");
    const start = skipSpace(text, equals + 1);
    const isQuoted = text[start] === '"';
    // `uri` and nonces are quoted by whoever follows the grammar; unquoted ones end at a comma or a space.
    const valueEnd = isQuoted ? quotedEnd(text, start) : start + text.slice(start).search(/[\t ,]|$/u);
    if (valueEnd < 0) throw new SipParseError("a quoted string that does not end");
    const value = text.slice(start, valueEnd);
    params.set(name, isQuoted ? unquote(value) : value);
    next = skipSpace(text, valueEnd);
    while (text[next] === ",") next = skipSpace(text, next + 1);
  }
  return params;
}

/** Reads one challenge. Throws a SipParseError; a scheme other than Digest need have no parameters that we know. */
export function parseChallenge(text: string): Challenge {
  const start = skipSpace(text, 0);
  const schemeEnd = tokenEnd(text, start);
  const scheme = text.slice(start, schemeEnd).toLowerCase();
  if (scheme === "") throw new SipParseError("a challenge without a scheme");
  if (scheme !== "digest") return { scheme, realm: "", nonce: "", stale: false, algorithm: "", qop: [] };
  const params = parseAuthParams(text, schemeEnd);
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  if (realm === undefined || nonce === undefined)
    throw new SipParseError("a challenge without realm or nonce");
  const opaque = params.get("opaque");
  const qop = params.get("qop") ?? "";
  return {
    scheme,
    realm,
    nonce,
    ...(opaque === undefined ? {} : { opaque }),
    stale: params.get("stale")?.toLowerCase() === "true",
    algorithm: params.get("algorithm") ?? "MD5",
    qop: qop.split(/[\t ,]+/u).flatMap((one) => (one === "" ? [] : [one.toLowerCase()])),
  };
}

/**
 * The challenge to answer of all that came with a 401 or 407: the first that we can (RFC 8760 section 2.4: the server
 * put the one it likes best on top). Undefined when there is none; one that cannot be read is passed over.
 */
export function chooseChallenge(values: readonly string[]): Challenge | undefined {
  for (const value of values) {
    try {
      const challenge = parseChallenge(value);
      if (howTo(challenge)) return challenge;
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
    }
  }
  return undefined;
}

/**
 * The value of Authorization or Proxy-Authorization that answers a challenge: RFC 7616 section 3.4, without qop RFC 2069.
 * Throws a SipParseError for a challenge that `chooseChallenge` would not have chosen.
 */
export function authorize(given: Authorization): string {
  const { challenge, credentials, method, uri, body, cnonce } = given;
  const how = howTo(challenge);
  if (!how) throw new SipParseError("a challenge that cannot be answered");
  const { qop, session } = how;
  const hash = (data: string | Uint8Array): string => createHash(how.hash).update(data).digest("hex");
  const { realm, nonce } = challenge;
  const secret = hash(`${credentials.username}:${realm}:${credentials.password}`);
  const a1 = session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(qop === "auth-int" ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  const count = given.nonceCount.toString(16).padStart(8, "0");
  const middle = qop === undefined ? nonce : `${nonce}:${count}:${cnonce}:${qop}`;
  const parts = [
    `Digest username=${quoted(credentials.username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${hash(`${a1}:${middle}:${a2}`)}"`,
    `algorithm=${challenge.algorithm}`,
  ];
  if (qop !== undefined) parts.push(`cnonce=${quoted(cnonce)}`, `qop=${qop}`, `nc=${count}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quoted(challenge.opaque)}`);
  return safeText(parts.join(", "));
}

import { Failure } from "../../base/index.ts";
import { quotedEnd, skipSpace, tokenEnd, unquote } from "./grammar.ts";
import { parseParams, printParams, type Params } from "./params.ts";
import { safeText } from "./headers.ts";
import { SipParseError } from "./parse-error.ts";
import { parseUri, printUri, isUri, uriScheme, type SipUri, type UriParts } from "./uri.ts";

/** A value of From, To, Contact, Route, Refer-To …: RFC 3261 section 20.10. */
export interface NameAddress {
  /** Empty when there is none. */
  readonly displayName: string;
  /** Text for a scheme other than `sip` and `sips`, and `*` of a Contact. */
  readonly uri: SipUri | string;
  /** The URI as written: what goes into a Request-URI, since comparing by parts may lose a peer's own escapes. */
  readonly uriText: string;
  /** The header's parameters (`tag`, `q`, `expires`), not the URI's. */
  readonly params: Params;
}

/** Index of the `<` behind a display name of tokens, or -1 when it is no such name. */
function bracketBehindTokens(text: string, at: number): number {
  let next = at;
  for (;;) {
    next = skipSpace(text, next);
    if (text[next] === "<") return next;
    let end = tokenEnd(text, next);
    // Beyond the grammar, which wants such names quoted; peers send them.
    while (text.charCodeAt(end) >= 0x80) end = tokenEnd(text, end + 1);
    if (end === next) return -1;
    next = end;
  }
}

function uriOf(text: string): SipUri | string {
  if (text === "*") return text;
  const scheme = uriScheme(text);
  return scheme === "sip" || scheme === "sips" ? parseUri(text) : text;
}

/** Reads `name-addr` or `addr-spec` with parameters. Throws a SipParseError. */
export function parseAddress(text: string): NameAddress {
  const start = skipSpace(text, 0);
  let displayName = "";
  let open: number;
  if (text[start] === '"') {
    const end = quotedEnd(text, start);
    if (end < 0) throw new SipParseError("a quoted string that does not end");
    displayName = unquote(text.slice(start, end));
    open = skipSpace(text, end);
    if (text[open] !== "<") throw new SipParseError("a display name without an address");
  } else {
    open = bracketBehindTokens(text, start);
    if (open >= 0) displayName = text.slice(start, open).trim();
  }
  if (open >= 0) {
    const close = text.indexOf(">", open);
    if (close < 0) throw new SipParseError("an address that does not end");
    const uriText = text.slice(open + 1, close);
    return { displayName, uri: uriOf(uriText), uriText, params: parseParams(text, close + 1) };
  }
  // Without brackets every parameter is the header's, and `,` and `?` must not stand in the URI (section 20).
  const semicolon = text.indexOf(";", start);
  const uriText = text.slice(start, semicolon < 0 ? undefined : semicolon).trimEnd();
  if (uriText.includes(",") || uriText.includes("?")) throw new SipParseError("a URI that needs brackets");
  return {
    displayName,
    uri: uriOf(uriText),
    uriText,
    params: parseParams(text, semicolon < 0 ? text.length : semicolon),
  };
}

/**
 * `"Name" <uri>;params`. Quotes and backslashes are taken out of the name: peers differ about their escapes. A
 * URI given as text must be a whole URI, and goes out as it is. Throws `unsafe-text`.
 */
export function printAddress(address: {
  readonly displayName?: string;
  readonly uri: UriParts | string;
  readonly params?: Params;
}): string {
  const { displayName = "", uri, params } = address;
  const name = safeText(displayName).replaceAll(/["\\]/gu, "").trim();
  if (typeof uri === "string" && !isUri(uri)) {
    throw new Failure("unsafe-text", "A SIP address holds no URI.");
  }
  const uriText = typeof uri === "string" ? uri : printUri(uri);
  return `${name === "" ? "" : `"${name}" `}<${uriText}>${params ? printParams(params) : ""}`;
}

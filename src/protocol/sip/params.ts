import { Failure } from "../../base/index.ts";
import { isToken, quoted, quotedEnd, skipSpace, tokenEnd, unquote, valueEnd } from "./grammar.ts";
import { SipParseError } from "./parse-error.ts";

/** Parameters by lower-case name, in order; `null` is a parameter without a value, such as `;lr`. */
export type Params = ReadonlyMap<string, string | null>;

/**
 * Reads `*( ";" name [ "=" value ] )` from `at` to the end of the text. A name that comes twice is refused, as
 * RFC 3261 section 7.3.1 forbids it and readers differ about which one counts.
 */
export function parseParams(text: string, at: number): Params {
  const params = new Map<string, string | null>();
  let next = skipSpace(text, at);
  while (next < text.length) {
    if (text[next] !== ";") throw new SipParseError("a parameter is expected");
    const start = skipSpace(text, next + 1);
    const end = tokenEnd(text, start);
    if (end === start) throw new SipParseError("a parameter without a name");
    const name = text.slice(start, end).toLowerCase();
    if (params.has(name)) throw new SipParseError("a parameter that comes twice");
    next = skipSpace(text, end);
    if (text[next] !== "=") {
      params.set(name, null);
      continue;
    }
    const valueStart = skipSpace(text, next + 1);
    const isQuoted = text[valueStart] === '"';
    next = isQuoted ? quotedEnd(text, valueStart) : valueEnd(text, valueStart);
    if (next < 0) throw new SipParseError("a quoted string that does not end");
    if (next === valueStart) throw new SipParseError("a parameter with an empty value");
    const value = text.slice(valueStart, next);
    params.set(name, isQuoted ? unquote(value) : value);
    next = skipSpace(text, next);
  }
  return params;
}

/** A value that is no token is quoted. Throws `unsafe-text` for a name that is no token. */
export function printParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    if (!isToken(name)) throw new Failure("unsafe-text", "A parameter's name is no SIP token.");
    text += `;${name}`;
    if (value === null) continue;
    const plain = value !== "" && valueEnd(value, 0) === value.length;
    text += `=${plain ? value : quoted(value)}`;
  }
  return text;
}

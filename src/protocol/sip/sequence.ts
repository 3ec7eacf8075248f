import { decimal, isToken, skipSpace } from "./grammar.ts";
import { SipParseError } from "./parse-error.ts";

/** RFC 3261 section 20.16: the number is below 2**31, the method case-sensitive. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3262 section 7.2: which reliable provisional response a PRACK acknowledges. */
export interface RAck extends CSeq {
  readonly response: number;
}

const highest = 2 ** 31 - 1;
const spaces = /[\t ]+/u;

function numberOf(text: string | undefined): number {
  // Leading zeros are legal in any number (RFC 4475 section 3.1.1.1).
  const number = text === undefined ? undefined : decimal(text.replace(/^0+(?=\d)/u, ""), highest);
  if (number === undefined) throw new SipParseError("a sequence number that is none");
  return number;
}

function methodOf(text: string | undefined): string {
  if (text === undefined || !isToken(text)) throw new SipParseError("a sequence without a method");
  return text;
}

const wordsOf = (text: string): string[] => text.slice(skipSpace(text, 0)).trimEnd().split(spaces);

/** Throws a SipParseError. */
export function parseCSeq(text: string): CSeq {
  const [number, method, ...rest] = wordsOf(text);
  if (rest.length > 0) throw new SipParseError("a CSeq that is none");
  return { number: numberOf(number), method: methodOf(method) };
}

/** Throws a SipParseError. */
export function parseRAck(text: string): RAck {
  const [response, number, method, ...rest] = wordsOf(text);
  if (rest.length > 0) throw new SipParseError("an RAck that is none");
  return { response: numberOf(response), number: numberOf(number), method: methodOf(method) };
}

import { decimal } from "./grammar.ts";
import { parseParams, printParams, type Params } from "./params.ts";
import { safeText } from "./headers.ts";
import { SipParseError } from "./parse-error.ts";

/** `value;param=…`: Session-Expires, Replaces, Event, Subscription-State, Content-Disposition … */
export interface ParamValue {
  readonly value: string;
  readonly params: Params;
}

/** Throws a SipParseError. */
export function parseValue(text: string): ParamValue {
  const semicolon = text.indexOf(";");
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (value === "") throw new SipParseError("a value is expected");
  return { value, params: parseParams(text, semicolon < 0 ? text.length : semicolon) };
}

export const printValue = ({ value, params }: ParamValue): string => safeText(value) + printParams(params);

const mediaType = /^([!#-'*+.0-9A-Z^_`a-z{|}~-]+)[\t ]*\/[\t ]*([!#-'*+.0-9A-Z^_`a-z{|}~-]+)$/u;

export interface ContentType {
  /** In lower case: `application/sdp`. */
  readonly type: string;
  readonly params: Params;
}

/** RFC 3261 section 20.15. Throws a SipParseError. */
export function parseContentType(text: string): ContentType {
  const { value, params } = parseValue(text);
  const [, type, subtype] = mediaType.exec(value) ?? [];
  if (type === undefined || subtype === undefined) throw new SipParseError("a media type that is none");
  return { type: `${type}/${subtype}`.toLowerCase(), params };
}

/** RFC 3326: why a request or, by RFC 6432, a response was sent. */
export interface Reason {
  /** `Q.850` or `SIP`, or what else was sent. */
  readonly protocol: string;
  readonly cause?: number;
  readonly text?: string;
}

/** Reads one element of a Reason. Throws a SipParseError. */
export function parseReason(text: string): Reason {
  const { value, params } = parseValue(text);
  const cause = decimal(params.get("cause") ?? "", 65_535);
  const words = params.get("text");
  return {
    protocol: value,
    ...(cause === undefined ? {} : { cause }),
    ...(typeof words === "string" ? { text: words } : {}),
  };
}

/** `Q.850;cause=16;text="NORMAL_CLEARING"`. */
export function printReason(reason: Reason): string {
  const cause = reason.cause === undefined ? "" : `;cause=${reason.cause}`;
  // Always quoted, as RFC 3326 writes it. Escapes are avoided: peers differ about them.
  const text = reason.text === undefined ? "" : `;text="${reason.text.replaceAll(/["\\]/gu, "")}"`;
  return safeText(`${reason.protocol}${cause}${text}`);
}

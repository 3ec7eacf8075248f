import { parseAddress } from "../address.ts";
import type { SipRequest, SipResponse } from "../model.ts";
import { parseCSeq } from "../sequence.ts";
import { parseVia, type Via } from "../via.ts";

/** What a branch begins with that is unique by itself (RFC 3261 8.1.1.7). */
export const magicCookie = "z9hG4bK";

const defaultPort = 5060;

function branchOf(via: Via): string | undefined {
  const branch = via.params.get("branch");
  return typeof branch === "string" && branch.toLowerCase().startsWith(magicCookie.toLowerCase())
    ? branch
    : undefined;
}

const required = (message: SipRequest | SipResponse, name: string): string => message.headers.get(name) ?? "";

/** The tag of From or To; undefined when it has none. Throws a SipParseError. */
export function tagOf(message: SipRequest | SipResponse, name: "From" | "To"): string | undefined {
  return parseAddress(required(message, name)).params.get("tag") ?? undefined;
}

/** By branch and CSeq's method (17.1.3). Throws a SipParseError for a response that has none. */
export function clientKeyOf(message: SipRequest | SipResponse): string {
  const { params } = parseVia(required(message, "Via"));
  return `${params.get("branch") ?? ""} ${parseCSeq(required(message, "CSeq")).method}`;
}

/**
 * What a request and its retransmissions have in common (17.2.3): branch, sent-by and method where the branch is
 * unique, else what RFC 2543 has. An ACK has the key of its INVITE; a CANCEL has it too when asked for `as` INVITE (9.2).
 * The legacy To tag is left out, an ACK's is that of our response: see `fitsLegacyTag`. Throws a SipParseError.
 */
export function serverKeyOf(request: SipRequest, as?: "INVITE"): string {
  const text = required(request, "Via");
  const via = parseVia(text);
  const method = as ?? (request.method === "ACK" ? "INVITE" : request.method);
  const branch = branchOf(via);
  if (branch !== undefined)
    return [branch, `${via.host.toLowerCase()}:${via.port ?? defaultPort}`, method].join(" ");
  return [
    text,
    request.uri,
    tagOf(request, "From") ?? "",
    required(request, "Call-ID"),
    String(parseCSeq(required(request, "CSeq")).number),
    method,
  ].join(" ");
}

/**
 * The To tag's part of 17.2.3 for requests of RFC 2543: an ACK bears the tag of our response, anything else that of the
 * request. Throws a SipParseError.
 */
export function fitsLegacyTag(
  message: SipRequest,
  request: SipRequest,
  response: SipResponse | undefined,
): boolean {
  if (branchOf(parseVia(required(message, "Via"))) !== undefined) return true;
  const expected = message.method === "ACK" && response ? tagOf(response, "To") : tagOf(request, "To");
  return tagOf(message, "To") === expected;
}

/** What makes the same request, come by two ways, one (8.2.2.2). Throws a SipParseError. */
export const originOf = (request: SipRequest): string =>
  [tagOf(request, "From") ?? "", required(request, "Call-ID"), required(request, "CSeq")].join(" ");

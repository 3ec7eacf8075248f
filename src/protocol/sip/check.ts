import { parseAddress } from "./address.ts";
import { decimal } from "./grammar.ts";
import { limits, type Head, type StartLine } from "./head.ts";
import { SipParseError } from "./parse-error.ts";
import { parseCSeq } from "./sequence.ts";
import { isToken } from "./grammar.ts";
import { parseUri, uriScheme } from "./uri.ts";
import { parseVia } from "./via.ts";

/** RFC 3261 section 8.1.1; a message has one of each. */
const mandatory = ["From", "To", "Call-ID", "CSeq"];
/** Headers of which two would contradict each other. */
const single = [...mandatory, "Max-Forwards", "Content-Length", "Content-Type"];

function checkStart(start: StartLine): void {
  if (start.kind === "response") {
    if (start.version !== "SIP/2.0") throw new SipParseError("another version of SIP", 505);
    return;
  }
  if (!isToken(start.method)) throw new SipParseError("a method that is none");
  if (start.version !== "SIP/2.0") {
    const spaces = start.version.trimEnd() !== start.version;
    throw spaces
      ? new SipParseError("spaces behind the version")
      : new SipParseError("another version of SIP", 505);
  }
  const scheme = uriScheme(start.uri);
  if (scheme !== "sip" && scheme !== "sips") return;
  // Section 19.1.1 forbids headers there.
  if (parseUri(start.uri).headers.length > 0) throw new SipParseError("a Request-URI with headers");
}

/** Throws the SipParseError of the first thing that makes a message unfit to act upon. */
export function checkHead({ start, headers, fault }: Head): void {
  if (fault) throw fault;
  checkStart(start);
  const via = headers.get("Via");
  if (via === undefined) throw new SipParseError("no Via");
  parseVia(via);
  for (const name of mandatory) if (!headers.has(name)) throw new SipParseError(`no ${name}`);
  for (const name of single) if (headers.count(name) > 1) throw new SipParseError(`more than one ${name}`);
  parseAddress(headers.get("From") ?? "");
  parseAddress(headers.get("To") ?? "");
  if (!/^\S+$/u.test(headers.get("Call-ID") ?? "")) throw new SipParseError("a Call-ID that is none");
  const cseq = parseCSeq(headers.get("CSeq") ?? "");
  if (start.kind === "request" && cseq.method !== start.method) {
    throw new SipParseError("a CSeq of another method");
  }
  // RFC 2543 had none, and only a proxy needs it (RFC 3261 section 16.3): it may be missing, not be nonsense.
  const hops = headers.get("Max-Forwards");
  if (hops !== undefined && decimal(hops.replace(/^0+(?=\d)/u, ""), 255) === undefined) {
    throw new SipParseError("a Max-Forwards that is none");
  }
}

/** Bytes of body that the head promises; undefined when it does not say. Throws a SipParseError. */
export function contentLength({ headers }: Head): number | undefined {
  const values = headers.all("Content-Length");
  const [text] = values;
  if (text === undefined) return undefined;
  // Two lengths are two places where the message ends.
  if (values.length > 1) throw new SipParseError("more than one Content-Length");
  if (!/^\d+$/u.test(text)) throw new SipParseError("a Content-Length that is none");
  const length = decimal(text.replace(/^0+(?=\d)/u, ""), limits.message);
  if (length === undefined) throw new SipParseError("a body that is too large", 513);
  return length;
}

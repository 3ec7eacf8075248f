import { isToken } from "./grammar.ts";
import { Headers } from "./headers.ts";
import { knownName } from "./names.ts";
import { SipParseError } from "./parse-error.ts";

/** What a message may weigh; beyond it nothing is read. */
export const limits = {
  /** Bytes of a whole message. */
  message: 64 * 1024,
  /** Characters of a header line, folded lines together. */
  line: 8 * 1024,
  /** Header lines. */
  headers: 256,
} as const;

export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string; readonly version: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string; readonly version: string };

/**
 * A message's head as far as it could be read: what is wrong with it is kept, since an answer is made of what could
 * be read.
 */
export interface Head {
  readonly start: StartLine;
  readonly headers: Headers;
  readonly fault: SipParseError | undefined;
}

const version = /^SIP\/\d+\.\d+$/iu;
const statusLine = /^(SIP\/\d+\.\d+) ([1-6]\d\d)(?: (.*))?$/iu;

/** Throws a SipParseError for what is no SIP at all. */
function parseStart(line: string): StartLine {
  if (/^sip\//iu.test(line)) {
    const found = statusLine.exec(line);
    if (!found) throw new SipParseError("a status line that is none");
    const [, sipVersion = "", status = "", reason = ""] = found;
    return { kind: "response", status: Number(status), reason, version: sipVersion.toUpperCase() };
  }
  const methodEnd = line.indexOf(" ");
  // Some end the line with spaces (RFC 4475 section 3.1.2.12): read as far as an answer needs it.
  const text = line.trimEnd();
  const versionStart = text.lastIndexOf(" ");
  const sipVersion = text.slice(versionStart + 1);
  if (methodEnd < 0 || versionStart < 0 || !version.test(sipVersion)) {
    throw new SipParseError("a request line that is none");
  }
  return {
    kind: "request",
    method: line.slice(0, methodEnd),
    uri: line.slice(methodEnd + 1, Math.max(versionStart, methodEnd + 1)),
    version: text.length === line.length ? sipVersion.toUpperCase() : line.slice(versionStart + 1),
  };
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;

/** Walks over the lines of a head once; every character is looked at a constant number of times. */
class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line, unfolded; undefined at the end. Throws a SipParseError for a line break of another kind. */
  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    let line = this.#physical();
    if (!isSpace(this.#text.charCodeAt(this.#at))) return line;
    const parts = [line.trimEnd()];
    let length = line.length;
    while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at))) {
      line = this.#physical();
      length += line.length;
      if (length > limits.line) throw new SipParseError("a header line that is too long", 513);
      parts.push(line.trim());
    }
    return parts.join(" ");
  }

  #physical(): string {
    const carriage = this.#text.indexOf("\r", this.#at);
    const feed = this.#text.indexOf("\n", this.#at);
    const end = carriage < 0 ? this.#text.length : carriage;
    if (feed !== (carriage < 0 ? -1 : carriage + 1)) throw new SipParseError("a line break that is none");
    if (end - this.#at > limits.line) throw new SipParseError("a header line that is too long", 513);
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    return line;
  }
}

/**
 * Reads a head, the empty line behind it left out. Throws a SipParseError when nothing of it may be relied on, not
 * even for an answer.
 */
export function parseHead(bytes: Buffer): Head {
  let text = bytes.toString("utf8");
  // A quoted pair may hold NUL (RFC 4475 section 3.1.1.2). Nothing behind this line needs to know.
  if (text.includes("\0")) text = text.replaceAll("\0", "\uFFFD");
  const lines = new Lines(text);
  const start = parseStart(lines.next() ?? "");
  const pairs: [string, string][] = [];
  let fault: SipParseError | undefined;
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (pairs.length === limits.headers) throw new SipParseError("too many headers", 513);
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (knownName(name) === undefined && !isToken(name)) {
      fault ??= new SipParseError("a header line without a name");
      continue;
    }
    pairs.push([name, line.slice(colon + 1).trim()]);
  }
  return { start, headers: Headers.received(pairs), fault };
}

import { createHash } from "node:crypto";
import { parseAddress } from "./address.ts";
import { checkHead, contentLength } from "./check.ts";
import { Headers } from "./headers.ts";
import { limits, parseHead, type Head } from "./head.ts";
import type { SipMessage, SipResponse } from "./model.ts";
import { SipParseError } from "./parse-error.ts";
import { reasonPhrase } from "./status.ts";
import { parseVia } from "./via.ts";

const emptyLine = Buffer.from("\r\n\r\n");

/** Index of the first byte that is no line break; RFC 3261 section 7.5 wants those before a message skipped. */
function skipLineBreaks(bytes: Buffer, at: number): number {
  let start = at;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  return start;
}

/** Index of the empty line that ends the head, at the last line's own line break; -1 when it has not come. */
export const headEnd = (bytes: Buffer, at: number): number => bytes.indexOf(emptyLine, at);

function readable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}

/**
 * The answer to a request that cannot be acted upon, made of what can be read of it (RFC 3261 section 8.2.6.2). Stateless, so the
 * tag is the same for every retransmission.
 */
function answerTo({ start, headers }: Head, fault: SipParseError): SipResponse | undefined {
  if (start.kind === "response" || start.method === "ACK") return undefined;
  const [top] = headers.all("Via");
  if (top === undefined || !readable(() => parseVia(top))) return undefined;
  const answer = Headers.of(headers.all("Via").map((via) => ["Via", via] as const));
  for (const name of ["From", "To", "Call-ID", "CSeq"]) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const untagged =
      name === "To" && readable(() => parseAddress(value)) && !parseAddress(value).params.has("tag");
    const tag = untagged ? `;tag=${createHash("sha256").update(top).digest("hex").slice(0, 16)}` : "";
    answer.append(name, value + tag);
  }
  const reason = `${reasonPhrase(fault.status)} - ${fault.reason}`;
  return { kind: "response", status: fault.status, reason, headers: answer, body: new Uint8Array() };
}

/** Runs `read`, adding to the SipParseError that it throws the answer to the message it is about. */
export function answering<Result>(head: Head, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new SipParseError(error.reason, error.status, answerTo(head, error));
  }
}

/** The message of a head and exactly its body. Throws a SipParseError. */
export function messageOf(head: Head, body: Uint8Array): SipMessage {
  answering(head, () => checkHead(head));
  const { start, headers } = head;
  if (start.kind === "response") {
    return { kind: "response", status: start.status, reason: start.reason, headers, body };
  }
  return { kind: "request", method: start.method, uri: start.uri, headers, body };
}

/**
 * Reads a datagram (RFC 3261 sections 7 and 18.3): without a Content-Length the body is the rest, bytes beyond it are dropped, fewer
 * are an error. Header values are read only as far as every message needs it: Via, From, To, Call-ID, CSeq,
 * Max-Forwards. The body is a view into `bytes`. Throws a SipParseError, nothing else.
 */
export function parseMessage(bytes: Uint8Array): SipMessage {
  if (bytes.length > limits.message) throw new SipParseError("a message that is too large", 513);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = skipLineBreaks(buffer, 0);
  const end = headEnd(buffer, start);
  if (end < 0) throw new SipParseError("a head that does not end");
  const head = parseHead(buffer.subarray(start, end));
  const bodyStart = end + emptyLine.length;
  const length = answering(head, () => {
    const wanted = contentLength(head) ?? buffer.length - bodyStart;
    if (wanted > buffer.length - bodyStart) throw new SipParseError("a body shorter than its Content-Length");
    return wanted;
  });
  return messageOf(head, buffer.subarray(bodyStart, bodyStart + length));
}

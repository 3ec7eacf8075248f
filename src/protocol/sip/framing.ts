import { contentLength } from "./check.ts";
import { isToken } from "./grammar.ts";
import { limits, parseHead, type Head } from "./head.ts";
import { answering, headEnd, messageOf } from "./message.ts";
import type { SipMessage } from "./model.ts";
import { SipParseError } from "./parse-error.ts";

/** What a stream holds, in order. */
export type StreamItem =
  | { readonly kind: "message"; readonly message: SipMessage }
  /** Framed, so that the stream goes on, but not to be acted upon. */
  | { readonly kind: "malformed"; readonly error: SipParseError }
  /** A double CRLF, to be answered with one (RFC 5626 section 3.5.1). */
  | { readonly kind: "ping" };

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const empty = Buffer.alloc(0);
const emptyLineBytes = 4;

/**
 * Cuts a stream into messages by their Content-Length (RFC 3261 section 18.3), however it is chunked. Every byte is
 * copied at most a constant number of times. After a SipParseError was thrown the place of the next message is
 * not known, and the stream of no further use.
 */
export class StreamFramer {
  /** Bytes [start, end) of `#buffer` are not consumed; `#scanned` of them hold no end of a head. */
  #buffer: Buffer = empty;
  #start = 0;
  #end = 0;
  #scanned = 0;
  /** The head whose body is awaited, and that body's bytes. */
  #head: Head | undefined;
  #bodyBytes = 0;
  /** Whether a single CRLF came directly before. */
  #half = false;

  /** Whether a message has begun and not ended. */
  get unfinished(): boolean {
    return this.#head !== undefined || this.#end > this.#start;
  }

  push(chunk: Buffer): void {
    const held = this.#end - this.#start;
    if (held === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#buffer.length - this.#end < chunk.length) {
      // Doubling keeps the copying linear. Views of messages already told keep the old buffer.
      const grown = Buffer.allocUnsafe((held + chunk.length) * 2);
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = held;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** The next item that is complete. Throws a SipParseError. */
  next(): StreamItem | undefined {
    if (!this.#head) {
      if (this.#skipLineBreaks()) return { kind: "ping" };
      this.#head = this.#nextHead();
    }
    if (!this.#head || this.#end - this.#start < this.#bodyBytes) return undefined;
    const head = this.#head;
    const body = this.#buffer.subarray(this.#start, this.#start + this.#bodyBytes);
    this.#start += this.#bodyBytes;
    this.#head = undefined;
    try {
      return { kind: "message", message: messageOf(head, body) };
    } catch (error) {
      if (error instanceof SipParseError) return { kind: "malformed", error };
      throw error;
    }
  }

  /** Consumes line breaks between messages; whether they make a ping. */
  #skipLineBreaks(): boolean {
    while (this.#end - this.#start >= 2 && this.#buffer[this.#start] === carriageReturn) {
      if (this.#buffer[this.#start + 1] !== lineFeed) throw new SipParseError("a line break that is none");
      this.#start += 2;
      this.#half = !this.#half;
      if (!this.#half) return true;
    }
    return false;
  }

  #nextHead(): Head | undefined {
    if (this.#start === this.#end) return undefined;
    const first = this.#buffer[this.#start] ?? 0;
    if (first === carriageReturn) return undefined;
    this.#half = false;
    // What speaks another protocol, TLS for one, is not listened to until its line is too long.
    if (!isToken(String.fromCharCode(first))) throw new SipParseError("a start line that is none");
    const from = this.#start + Math.max(0, this.#scanned - emptyLineBytes + 1);
    const found = headEnd(this.#buffer.subarray(0, this.#end), from);
    const length = (found < 0 ? this.#end : found) - this.#start;
    if (length > limits.message) throw new SipParseError("a message that is too large", 513);
    if (found < 0) {
      this.#scanned = length;
      return undefined;
    }
    const head = parseHead(this.#buffer.subarray(this.#start, found));
    this.#bodyBytes = answering(head, () => {
      const bytes = contentLength(head);
      if (bytes === undefined) throw new SipParseError("no Content-Length");
      if (length + bytes > limits.message) throw new SipParseError("a message that is too large", 513);
      return bytes;
    });
    this.#start = found + emptyLineBytes;
    this.#scanned = 0;
    return head;
  }
}

/**
 * The event socket's framing (mod_event_socket.c): a block of `Name: value` lines, an empty line, then as many
 * bytes of body as the block's Content-Length says.
 */
export interface Frame {
  /** Names as the switch writes them: `Content-Type`, `Reply-Text`, `Job-UUID` … */
  readonly headers: ReadonlyMap<string, string>;
  /** A view into what was received: read it at once, or copy it. */
  readonly body: Buffer;
}

export interface FrameLimits {
  /** Bytes of a header block. */
  readonly maxHeaderBytes: number;
  /** Bytes of a body; also what bounds the parser's memory. */
  readonly maxBodyBytes: number;
}

/** `sofia xmlstatus … reg` of tens of thousands of phones still fits; what is larger is not an event socket. */
const frameLimits: FrameLimits = { maxHeaderBytes: 64 * 1024, maxBodyBytes: 32 * 1024 * 1024 };

/** The peer does not speak the event socket's protocol; the connection is of no further use. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

const newline = 0x0a;
const empty = Buffer.alloc(0);
const digits = /^[0-9]{1,15}$/;

function headersOf(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) throw new ProtocolViolation("a header line without a name");
    headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/**
 * Cuts a byte stream into frames, however it is chunked. Every byte is copied at most a constant number of times.
 * After a ProtocolViolation it must not be used again.
 */
export class FrameParser {
  readonly #limits: FrameLimits;
  /** Bytes [start, end) of `#buffer` are not consumed; `#scanned` of them hold no end of a header block. */
  #buffer: Buffer = empty;
  #start = 0;
  #end = 0;
  #scanned = 0;
  /** The header block whose body is awaited. */
  #headers: Map<string, string> | undefined;
  #bodyBytes = 0;

  constructor(limits: FrameLimits = frameLimits) {
    this.#limits = limits;
  }

  /** Bytes held back until their frame is complete. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** The frames that `chunk` completes, oldest first. Throws a ProtocolViolation. */
  push(chunk: Buffer): Frame[] {
    this.#append(chunk);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    if (this.#start === this.#end) {
      this.#buffer = empty;
      this.#start = 0;
      this.#end = 0;
    }
    return frames;
  }

  #append(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    const held = this.#end - this.#start;
    const needed = held + chunk.length;
    if (this.#buffer.length - this.#end < chunk.length) {
      // Doubling keeps the copying linear; knowing the body's length saves even that.
      const grown = Buffer.allocUnsafe(Math.max(needed * 2, this.#headers ? this.#bodyBytes : 0));
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = held;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  #next(): Frame | undefined {
    this.#headers ??= this.#nextHeaders();
    if (!this.#headers || this.#end - this.#start < this.#bodyBytes) return undefined;
    const frame: Frame = {
      headers: this.#headers,
      // No copy is needed: bytes are only ever appended behind it, and a grown buffer is a new one.
      body: this.#buffer.subarray(this.#start, this.#start + this.#bodyBytes),
    };
    this.#start += this.#bodyBytes;
    this.#headers = undefined;
    this.#bodyBytes = 0;
    return frame;
  }

  #nextHeaders(): Map<string, string> | undefined {
    // mod_event_socket ends some replies with one newline too many.
    while (this.#scanned === 0 && this.#start < this.#end && this.#buffer[this.#start] === newline) {
      this.#start += 1;
    }
    const from = this.#start + Math.max(0, this.#scanned - 1);
    const found = this.#buffer.subarray(from, this.#end).indexOf("\n\n");
    const length = found < 0 ? this.#end - this.#start : from + found - this.#start;
    if (length > this.#limits.maxHeaderBytes) throw new ProtocolViolation("an endless header block");
    if (found < 0) {
      this.#scanned = length;
      return undefined;
    }
    const headers = headersOf(this.#buffer.toString("utf8", this.#start, this.#start + length));
    this.#bodyBytes = this.#bodyBytesOf(headers);
    this.#start += length + 2;
    this.#scanned = 0;
    return headers;
  }

  #bodyBytesOf(headers: ReadonlyMap<string, string>): number {
    const text = headers.get("Content-Length");
    if (text === undefined) return 0;
    if (!digits.test(text)) throw new ProtocolViolation("a Content-Length that is not a number");
    const length = Number(text);
    if (length > this.#limits.maxBodyBytes) {
      throw new ProtocolViolation(
        `a frame of ${length} bytes, where ${this.#limits.maxBodyBytes} is the most`,
      );
    }
    return length;
  }
}

import { contentType, writeRecord } from "./records.ts";

const headerLength = 12;
/** A certificate chain is the longest message; browsers' are below 1 KiB. */
const maxMessageBytes = 16 * 1024;
/** Messages of one flight that may come before the one that is due. */
const maxAhead = 8;

const clientHello = 1;
/** What a peer of each role sends in the clear before its Finished, where we ask for a certificate as a server. */
const lastInClear = { client: 14, server: 15 } as const;
/** The messages that the peer of each role sends in the clear (RFC 6347 section 4.2.4). */
const expected = { client: [2, 3, 11, 12, 13, 14], server: [1, 11, 15, 16] } as const;

interface Message {
  readonly type: number;
  readonly body: Buffer;
  /** Which bytes of the body have come, and how many have not. */
  readonly have: Uint8Array;
  missing: number;
}

/**
 * Between the wire and werift: hands on every handshake message of the peer's once, whole, in order, and none of a kind
 * that was there already. werift takes them as they come, twice, out of order or contradicting those before: its keys
 * then come from one message and its transcript holds another.
 */
export class HandshakeGate {
  readonly #role: "client" | "server";
  readonly #coming = new Map<number, Message>();
  readonly #seen = new Set<number>();
  #next = 0;
  #last: Buffer | null = null;
  #lastType = -1;
  #sequence = 0;

  /** `role`: ours. */
  constructor(role: "client" | "server") {
    this.#role = role;
  }

  /** Whether all has come that precedes the peer's Finished. */
  get complete(): boolean {
    return this.#seen.has(lastInClear[this.#role]);
  }

  /** The datagrams to hand on after a record of epoch 0 with handshake messages, or parts of them. */
  take(fragment: Buffer): Buffer[] {
    for (let at = 0; at + headerLength <= fragment.length;) {
      const length = fragment.readUIntBE(at + 9, 3);
      const end = at + headerLength + length;
      if (end > fragment.length) break;
      this.#keep(fragment.subarray(at, end), length);
      at = end;
    }
    return this.#due(fragment);
  }

  #keep(part: Buffer, length: number): void {
    const type = part[0] ?? 0;
    const total = part.readUIntBE(1, 3);
    const number = part.readUInt16BE(4);
    const offset = part.readUIntBE(6, 3);
    const known: readonly number[] = expected[this.#role];
    if (!known.includes(type) || total > maxMessageBytes || offset + length > total) return;
    if (number < this.#next || number >= this.#next + maxAhead) return;
    const message = this.#coming.get(number) ?? {
      type,
      body: Buffer.alloc(total),
      have: new Uint8Array(total),
      missing: total,
    };
    if (message.type !== type || message.body.length !== total) return;
    this.#coming.set(number, message);
    part.copy(message.body, offset, headerLength);
    for (let at = offset; at < offset + length; at += 1) {
      if (message.have[at] === 0) message.missing -= 1;
      message.have[at] = 1;
    }
  }

  #due(fragment: Buffer): Buffer[] {
    const due: Buffer[] = [];
    for (;;) {
      const message = this.#coming.get(this.#next);
      if (message?.missing !== 0) break;
      this.#coming.delete(this.#next);
      // A ClientHello comes twice, the second time with the cookie.
      const again = this.#seen.has(message.type) && !(message.type === clientHello && this.#next === 1);
      if (again) break;
      this.#seen.add(message.type);
      this.#last = this.#whole(message, this.#next);
      this.#lastType = message.type;
      due.push(this.#last);
      this.#next += 1;
    }
    // The answer to a ClientHello was lost: nothing but its repetition makes werift send HelloVerifyRequest again.
    const repeated = this.#lastType === clientHello && fragment[0] === clientHello && due.length === 0;
    if (repeated && this.#last && fragment.length >= 6 && fragment.readUInt16BE(4) === this.#next - 1) {
      due.push(this.#last);
    }
    return due;
  }

  #whole({ type, body }: Message, number: number): Buffer {
    const header = Buffer.alloc(headerLength);
    header[0] = type;
    header.writeUIntBE(body.length, 1, 3);
    header.writeUInt16BE(number, 4);
    header.writeUIntBE(body.length, 9, 3);
    this.#sequence += 1;
    return writeRecord(contentType.handshake, 0, this.#sequence, Buffer.concat([header, body]));
  }
}

import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * The Binding method of STUN as ICE uses it (RFC 8489, RFC 8445 section 7): short-term credentials, FINGERPRINT,
 * IPv4 addresses.
 */
export interface StunMessage {
  readonly kind: "request" | "indication" | "success" | "error";
  /** 24 hexadecimal digits. */
  readonly transaction: string;
  readonly username: string | null;
  readonly priority: number | null;
  readonly useCandidate: boolean;
  /** The tie-breaker of ICE-CONTROLLING or ICE-CONTROLLED; null: the attribute is not there. */
  readonly controlling: bigint | null;
  readonly controlled: bigint | null;
  /** XOR-MAPPED-ADDRESS. */
  readonly mapped: { readonly host: string; readonly port: number } | null;
  readonly error: number | null;
  /** UNKNOWN-ATTRIBUTES to name in a 420: those below 0x8000 that are not understood (RFC 8489 section 14). */
  readonly unknown: readonly number[];
  /** Where MESSAGE-INTEGRITY begins; null: the message is not signed. */
  readonly integrityAt: number | null;
}

/** What to write; members left out are not sent. */
export interface StunFields {
  readonly kind: StunMessage["kind"];
  readonly transaction: string;
  readonly username?: string;
  readonly priority?: number;
  readonly useCandidate?: boolean;
  readonly controlling?: bigint;
  readonly controlled?: bigint;
  readonly mapped?: { readonly host: string; readonly port: number };
  readonly error?: { readonly code: number; readonly reason: string };
  readonly unknown?: readonly number[];
}

const cookie = 0x2112_a442;
const headerLength = 20;
/** RFC 8489 section 6.1: over UDP it fits into one packet. ICE's are a tenth of that. */
const maxBytes = 1500;
const integrityLength = 24;
const fingerprintLength = 8;
const fingerprintXor = 0x5354_554e;

const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  unknown: 0x000a,
  mapped: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  integritySha256: 0x001c,
  fingerprint: 0x8028,
  controlled: 0x8029,
  controlling: 0x802a,
} as const;

/** RFC 8489 section 5: the class bits C1 and C0 within the type of a Binding message. */
const typeOf: Readonly<Record<StunMessage["kind"], number>> = {
  request: 0x0001,
  indication: 0x0011,
  success: 0x0101,
  error: 0x0111,
};
const kinds = ["request", "indication", "success", "error"] as const;

const bytesOf = (packet: Uint8Array): Buffer =>
  Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);

type Found = { -readonly [Member in keyof StunMessage]: StunMessage[Member] } & { unknown: number[] };

/** False: the value is not of its attribute's form. */
function take(found: Found, type: number, value: Buffer): boolean {
  switch (type) {
    case attribute.username:
      found.username = value.toString("utf8");
      // RFC 8489 section 14.3: fewer than 509 bytes.
      return value.length < 509;
    case attribute.priority:
      found.priority = value.length === 4 ? value.readUInt32BE(0) : null;
      return value.length === 4;
    case attribute.useCandidate:
      found.useCandidate = true;
      return true;
    case attribute.controlling:
    case attribute.controlled:
      if (value.length !== 8) return false;
      found[type === attribute.controlling ? "controlling" : "controlled"] = value.readBigUInt64BE(0);
      return true;
    case attribute.mapped:
      return takeMapped(found, value);
    case attribute.error:
      if (value.length < 4) return false;
      found.error = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
      return true;
    case attribute.integritySha256:
    case attribute.unknown:
      return true;
    default:
      if (type < 0x8000) found.unknown.push(type);
      return true;
  }
}

/** RFC 8489 section 14.2. */
function takeMapped(found: Found, value: Buffer): boolean {
  if (value.length === 20) return true;
  if (value.length !== 8) return false;
  const address = (value.readUInt32BE(4) ^ cookie) >>> 0;
  found.mapped = {
    host: [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join("."),
    port: value.readUInt16BE(2) ^ (cookie >>> 16),
  };
  return true;
}

/**
 * Reads a message; null: it is none, or malformed, or its FINGERPRINT is wrong. What stands behind MESSAGE-INTEGRITY is
 * not believed (RFC 8489 section 14.5): anyone on the way could have added it. Says nothing of who sent it: see `signed`.
 */
export function readStun(packet: Uint8Array): StunMessage | null {
  const bytes = bytesOf(packet);
  if (bytes.length < headerLength || bytes.length > maxBytes || bytes.readUInt32BE(4) !== cookie) return null;
  const kind = kinds.find((one) => typeOf[one] === bytes.readUInt16BE(0));
  if (!kind || bytes.readUInt16BE(2) !== bytes.length - headerLength || bytes.length % 4 !== 0) return null;
  const found: Found = {
    kind,
    transaction: bytes.toString("hex", 8, headerLength),
    username: null,
    priority: null,
    useCandidate: false,
    controlling: null,
    controlled: null,
    mapped: null,
    error: null,
    unknown: [],
    integrityAt: null,
  };
  for (let at = headerLength; at < bytes.length;) {
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const end = at + 4 + length;
    if (end > bytes.length) return null;
    const value = bytes.subarray(at + 4, end);
    if (type === attribute.fingerprint) {
      const last = end === bytes.length;
      return last && length === 4 && value.readUInt32BE(0) === fingerprintOf(bytes, at) ? found : null;
    }
    if (type === attribute.integrity) {
      if (length !== 20) return null;
      found.integrityAt ??= at;
    } else if (found.integrityAt === null && !take(found, type, value)) return null;
    at = end + ((4 - (length % 4)) % 4);
  }
  return found;
}

/** Whether the message is signed with `password` (RFC 8489 section 9.1). */
export function signed(packet: Uint8Array, message: StunMessage, password: string): boolean {
  const at = message.integrityAt;
  if (at === null) return false;
  const bytes = bytesOf(packet);
  return timingSafeEqual(integrityOf(bytes, at, password), bytes.subarray(at + 4, at + integrityLength));
}

/** Signed with `password`, and with a FINGERPRINT. */
export function writeStun(fields: StunFields, password: string): Buffer {
  const parts: Buffer[] = [];
  const add = (type: number, value: Buffer): void => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(value.length, 2);
    parts.push(head, value, Buffer.alloc((4 - (value.length % 4)) % 4));
  };
  if (fields.username !== undefined) add(attribute.username, Buffer.from(fields.username));
  if (fields.priority !== undefined) add(attribute.priority, uint32(fields.priority));
  if (fields.useCandidate === true) add(attribute.useCandidate, Buffer.alloc(0));
  if (fields.controlling !== undefined) add(attribute.controlling, uint64(fields.controlling));
  if (fields.controlled !== undefined) add(attribute.controlled, uint64(fields.controlled));
  if (fields.mapped !== undefined) add(attribute.mapped, mappedValue(fields.mapped));
  if (fields.error !== undefined) {
    const { code, reason } = fields.error;
    add(
      attribute.error,
      Buffer.concat([Buffer.of(0, 0, Math.trunc(code / 100), code % 100), Buffer.from(reason)]),
    );
  }
  if (fields.unknown !== undefined) {
    add(attribute.unknown, Buffer.concat(fields.unknown.map((type) => Buffer.of(type >>> 8, type & 0xff))));
  }
  const head = Buffer.alloc(headerLength);
  head.writeUInt16BE(typeOf[fields.kind], 0);
  head.writeUInt32BE(cookie, 4);
  head.write(fields.transaction, 8, "hex");
  const body = Buffer.concat([head, ...parts]);
  const bytes = Buffer.concat([body, Buffer.alloc(integrityLength + fingerprintLength)]);
  bytes.writeUInt16BE(attribute.integrity, body.length);
  bytes.writeUInt16BE(20, body.length + 2);
  integrityOf(bytes, body.length, password).copy(bytes, body.length + 4);
  const at = body.length + integrityLength;
  bytes.writeUInt16BE(attribute.fingerprint, at);
  bytes.writeUInt16BE(4, at + 2);
  bytes.writeUInt16BE(bytes.length - headerLength, 2);
  bytes.writeUInt32BE(fingerprintOf(bytes, at), at + 4);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function mappedValue({ host, port }: { readonly host: string; readonly port: number }): Buffer {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (cookie >>> 16), 2);
  const address = host.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  value.writeUInt32BE((address ^ cookie) >>> 0, 4);
  return value;
}

/** The HMAC counts a length that ends with MESSAGE-INTEGRITY, whatever follows it. */
function integrityOf(bytes: Buffer, at: number, password: string): Buffer {
  const covered = Buffer.from(bytes.subarray(0, at));
  covered.writeUInt16BE(at - headerLength + integrityLength, 2);
  return createHmac("sha1", password).update(covered).digest();
}

function fingerprintOf(bytes: Buffer, at: number): number {
  return (crc32(bytes.subarray(0, at)) ^ fingerprintXor) >>> 0;
}

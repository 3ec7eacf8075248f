/** A DTLS 1.2 record (RFC 6347 section 4.1). */
export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly fragment: Buffer;
  /** Header and fragment. */
  readonly bytes: Buffer;
}

export const contentType = { alert: 21, handshake: 22 } as const;
const recordHeaderLength = 13;
const version = 0xfefd;
/** A flight of a browser's is six at most; each is work for us. */
const maxRecords = 32;

/** The first records of a datagram; what is cut off at its end is left out. */
export function recordsOf(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; at + recordHeaderLength <= datagram.length && records.length < maxRecords;) {
    const end = at + recordHeaderLength + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push({
      type: datagram[at] ?? 0,
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      fragment: datagram.subarray(at + recordHeaderLength, end),
      bytes: datagram.subarray(at, end),
    });
    at = end;
  }
  return records;
}

export function writeRecord(type: number, epoch: number, sequence: number, fragment: Uint8Array): Buffer {
  const bytes = Buffer.alloc(recordHeaderLength + fragment.length);
  bytes[0] = type;
  bytes.writeUInt16BE(version, 1);
  bytes.writeUInt16BE(epoch, 3);
  bytes.writeUIntBE(sequence, 5, 6);
  bytes.writeUInt16BE(fragment.length, 11);
  bytes.set(fragment, recordHeaderLength);
  return bytes;
}

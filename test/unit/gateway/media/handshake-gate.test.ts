import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HandshakeGate } from "../../../../src/gateway/media/dtls/handshake-gate.ts";
import { recordsOf, writeRecord } from "../../../../src/gateway/media/dtls/records.ts";

const clientHello = 1;

/** Part of a handshake message (RFC 6347 section 4.2.2). */
function part(body: Buffer, from: number, to: number, number = 0, type = clientHello): Buffer {
  const header = Buffer.alloc(12);
  header[0] = type;
  header.writeUIntBE(body.length, 1, 3);
  header.writeUInt16BE(number, 4);
  header.writeUIntBE(from, 6, 3);
  header.writeUIntBE(to - from, 9, 3);
  return Buffer.concat([header, body.subarray(from, to)]);
}

const bodyOf = (datagram: Buffer | undefined): string => datagram?.subarray(25).toString("hex") ?? "";

describe("a message in parts", () => {
  test("is handed on once, whole, however they overlap and in whatever order they come", () => {
    const body = Buffer.from(Array.from({ length: 40 }, (_, index) => index));
    const anywhere = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 12 });
    fc.assert(
      fc.property(anywhere, fc.nat(39), (ranges, cut) => {
        const gate = new HandshakeGate("server");
        const parts = [...ranges, [0, cut] as const, [cut, 40] as const];
        const told = parts.flatMap(([one, other]) =>
          gate.take(part(body, Math.min(one, other), Math.max(one, other))),
        );
        // A ClientHello that comes again is handed on again: its answer may have been lost.
        expect(new Set(told.map(bodyOf))).toEqual(new Set([body.toString("hex")]));
      }),
    );
  });

  test("is not, while a byte of it is missing", () => {
    const body = Buffer.alloc(40, 7);
    const gate = new HandshakeGate("server");
    for (let count = 0; count < 3; count += 1) expect(gate.take(part(body, 0, 39))).toEqual([]);
    expect(gate.take(part(body, 0, 0))).toEqual([]);
    expect(gate.take(part(body, 39, 40)).map(bodyOf)).toEqual([body.toString("hex")]);
  });

  test("without a body is whole at once", () => {
    const gate = new HandshakeGate("client");
    const bodies = [2, 14].map((type, number) => gate.take(part(Buffer.alloc(0), 0, 0, number, type)).length);
    expect(bodies).toEqual([1, 1]);
    expect(gate.complete).toBe(true);
  });
});

// Each is work: a datagram of 64 KiB can hold thousands.
test("of a datagram no more records are looked at than a flight has", () => {
  const record = writeRecord(22, 0, 1, Buffer.alloc(12));
  expect(recordsOf(Buffer.concat([record, record]))).toHaveLength(2);
  expect(recordsOf(Buffer.concat(Array.from({ length: 1000 }, () => record)))).toHaveLength(32);
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readStun, signed, writeStun, type StunFields } from "../../../../src/protocol/ice/stun.ts";

// RFC 5769 sections 2.1 and 2.2.
const password = "VOkJxbRl1RmTxUk/WvJxBt";
const request = Buffer.from(
  "000100582112a442b7e7a701bc34d686fa87dfae" +
    "802200105354554e207465737420636c69656e74" +
    "002400046e0001ff" +
    "80290008932ff9b151263b36" +
    "000600096576746a3a68367659202020" +
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" +
    "80280004e57a3bcf",
  "hex",
);
const response = Buffer.from(
  "0101003c2112a442b7e7a701bc34d686fa87dfae" +
    "8022000b7465737420766563746f7220" +
    "002000080001a147e112a643" +
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7" +
    "80280004c07d4c96",
  "hex",
);

describe("the RFC's samples", () => {
  test("a request is read, and signed", () => {
    const message = readStun(request);
    expect(message).toMatchObject({
      kind: "request",
      transaction: "b7e7a701bc34d686fa87dfae",
      username: "evtj:h6vY",
      priority: 0x6e0001ff,
      controlled: 0x932ff9b151263b36n,
      controlling: null,
      useCandidate: false,
      unknown: [],
    });
    expect(message && signed(request, message, password)).toBe(true);
    expect(message && signed(request, message, `${password}x`)).toBe(false);
  });

  test("a response is read, and signed", () => {
    const message = readStun(response);
    expect(message).toMatchObject({ kind: "success", mapped: { host: "192.0.2.1", port: 32_853 } });
    expect(message && signed(response, message, password)).toBe(true);
  });
});

const transaction = "00112233445566778899aabb";

// Read before anybody has proved anything: a datagram of 64 KiB full of attributes took seconds.
test("what is longer than a packet is none, whatever it holds", () => {
  const [some, many] = [700, 750].map((count) =>
    readStun(
      writeStun({ kind: "error", transaction, unknown: Array.from({ length: count }, () => 1) }, password),
    ),
  );
  expect(some).toMatchObject({ kind: "error" });
  expect(many).toBeNull();
});

describe("what somebody on the way did", () => {
  const bare: StunFields = { kind: "request", transaction, username: "a:b", priority: 1 };

  test("an attribute added behind MESSAGE-INTEGRITY is not believed", () => {
    const sound = writeStun(bare, password);
    const forged = Buffer.concat([sound.subarray(0, -8), Buffer.of(0x00, 0x25, 0, 0)]);
    forged.writeUInt16BE(forged.length - 20, 2);
    const message = readStun(forged);
    expect(message).toMatchObject({ useCandidate: false });
    expect(message && signed(forged, message, password)).toBe(true);
  });

  test("any changed bit is found, but for those of the FINGERPRINT, which nothing rests on", () => {
    const sound = writeStun({ ...bare, useCandidate: true, controlling: 7n }, password);
    fc.assert(
      fc.property(fc.nat({ max: (sound.length - 8) * 8 - 1 }), (bit) => {
        const changed = Buffer.from(sound);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const message = readStun(changed);
        expect(message !== null && signed(changed, message, password)).toBe(false);
      }),
    );
  });

  test("a message without a signature is nobody's", () => {
    const signedOne = writeStun(bare, password);
    const unsigned = Buffer.from(signedOne.subarray(0, -32));
    unsigned.writeUInt16BE(unsigned.length - 20, 2);
    const message = readStun(unsigned);
    expect(message).toMatchObject({ username: "a:b", integrityAt: null });
    expect(message && signed(unsigned, message, password)).toBe(false);
  });
});

test("what is written is read", () => {
  const octet = fc.nat({ max: 255 });
  const fields = fc.record(
    {
      kind: fc.constantFrom("request" as const, "indication" as const, "success" as const, "error" as const),
      transaction: fc.constant(transaction),
      username: fc.stringMatching(/^[A-Za-z0-9+/:]{0,200}$/),
      priority: fc.nat({ max: 0xffff_ffff }),
      useCandidate: fc.constant(true),
      controlling: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
      mapped: fc.record({
        host: fc.tuple(octet, octet, octet, octet).map((parts) => parts.join(".")),
        port: fc.nat({ max: 65_535 }),
      }),
    },
    { requiredKeys: ["kind", "transaction"] },
  );
  fc.assert(
    fc.property(fields, fc.string({ minLength: 1 }), (given, key) => {
      const bytes = writeStun(given, key);
      const message = readStun(bytes);
      expect(message).toMatchObject(given);
      expect(message && signed(bytes, message, key)).toBe(true);
    }),
  );
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => readStun(bytes)).not.toThrow();
    }),
  );
  // With a header that passes, the attributes are reached.
  const attributes = fc.uint8Array({ maxLength: 120 }).map((bytes) => {
    const body = bytes.subarray(0, bytes.length - (bytes.length % 4));
    const head = Buffer.from(`0001${body.length.toString(16).padStart(4, "0")}2112a442${transaction}`, "hex");
    return Buffer.concat([head, body]);
  });
  fc.assert(
    fc.property(attributes, (bytes) => {
      const message = readStun(bytes);
      expect(message !== null && signed(bytes, message, password)).toBe(false);
    }),
  );
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RtpHeader as WeriftHeader, SrtpSession } from "werift";
import {
  srtcpOverhead,
  SrtpReceiver,
  SrtpSender,
  type SrtpDrop,
} from "../../../../src/protocol/rtp/index.ts";
import { buffered, keysOf, profiles, rtp, rtpShapes, type Buffered } from "./rtp-packets.ts";

/** What is on the wire, in a buffer of its own. */
function sealed(sender: SrtpSender, packet: Buffered): Buffer {
  const length = sender.protect(packet.buffer, packet.length);
  if (typeof length !== "number") throw new Error(length);
  return Buffer.from(packet.buffer.subarray(0, length));
}

/** Opens a copy, as the wire may bring a packet twice. */
const open = (receiver: SrtpReceiver, wire: Buffer): number | SrtpDrop =>
  receiver.unprotect(Buffer.from(wire), wire.length);

const report = (ssrc: number): Buffered => {
  const bytes = Buffer.alloc(28, 0x55);
  bytes.writeUInt32BE(0x80c8_0006, 0);
  bytes.writeUInt32BE(ssrc, 4);
  return buffered(bytes);
};

function sealedRtcp(sender: SrtpSender, packet: Buffered): Buffer {
  const length = sender.protectRtcp(packet.buffer, packet.length);
  if (typeof length !== "number") throw new Error(length);
  return Buffer.from(packet.buffer.subarray(0, length));
}

describe.each(profiles)("%s", (profile) => {
  const keys = keysOf(profile);

  test("what is protected is opened again, whatever its shape", () => {
    fc.assert(
      fc.property(rtpShapes, (shape) => {
        const wire = sealed(new SrtpSender(keys), buffered(shape.bytes));
        expect(shape.payload.length > 8 && wire.includes(Buffer.from(shape.payload))).toBe(false);
        expect(new SrtpReceiver(keys).unprotect(wire, wire.length)).toBe(shape.bytes.length);
        expect(wire.subarray(0, shape.bytes.length)).toEqual(shape.bytes);
      }),
    );
  });

  test("a packet that was touched anywhere is refused, and the true one is still taken", () => {
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    const first = sealed(sender, rtp({ sequence: 1 }));
    expect(open(receiver, first)).toBeTypeOf("number");
    const wire = sealed(sender, rtp({ sequence: 2 }));
    for (let bit = 0; bit < wire.length * 8; bit += 1) {
      const forged = Buffer.from(wire);
      forged[bit >>> 3] = (forged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(open(receiver, forged), `bit ${bit}`).toBeTypeOf("string");
    }
    expect(open(receiver, wire)).toBeTypeOf("number");
  });

  test("random bytes are refused", () => {
    const receiver = new SrtpReceiver(keys);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
        expect(receiver.unprotect(Buffer.from(bytes), bytes.length)).toBeTypeOf("string");
        expect(receiver.unprotectRtcp(Buffer.from(bytes), bytes.length)).toBeTypeOf("string");
      }),
      { numRuns: 500 },
    );
  });

  test("a repeated packet is refused, however late", () => {
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    const wires = Array.from({ length: 1024 }, (_, index) =>
      sealed(sender, rtp({ sequence: 65_000 + index })),
    );
    for (const wire of wires) expect(open(receiver, wire)).toBeTypeOf("number");
    for (const wire of wires) expect(open(receiver, wire)).toBe("replay");
  });

  test("packets that come late are taken once, in any order", () => {
    const sender = new SrtpSender(keys);
    const wires = Array.from({ length: 200 }, (_, index) =>
      sealed(sender, rtp({ sequence: 65_440 + index })),
    );
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          wires.map((_, index) => index),
          { minLength: 200 },
        ),
        (order) => {
          const receiver = new SrtpReceiver(keys);
          // The first one received decides which rollover counter is 0: let it be a true one.
          expect(open(receiver, wires[0] ?? Buffer.alloc(0))).toBeTypeOf("number");
          for (const index of order) {
            const wire = wires[index] ?? Buffer.alloc(0);
            expect(typeof open(receiver, wire)).toBe(index === 0 ? "string" : "number");
            expect(open(receiver, wire)).toBe("replay");
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("three rollovers with losses", () => {
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    for (let sequence = 0; sequence < 4 * 65_536; sequence += 997) {
      expect(open(receiver, sealed(sender, rtp({ sequence })))).toBeTypeOf("number");
    }
  });

  test("SRTCP: what is protected is opened once, and nothing that was touched", () => {
    const sender = new SrtpSender(keys);
    const receiver = new SrtpReceiver(keys);
    for (let count = 0; count < 300; count += 1) {
      const wire = sealedRtcp(sender, report(7));
      const forged = Buffer.from(wire);
      forged[count % forged.length] = (forged[count % forged.length] ?? 0) ^ 0x10;
      expect(receiver.unprotectRtcp(forged, forged.length)).toBeTypeOf("string");
      const copy = Buffer.from(wire);
      expect(receiver.unprotectRtcp(copy, copy.length)).toBe(28);
      expect(copy.subarray(0, 28)).toEqual(report(7).buffer.subarray(0, 28));
      expect(receiver.unprotectRtcp(wire, wire.length)).toBe("replay");
    }
  });

  test("other keys open nothing", () => {
    const wire = sealed(new SrtpSender(keysOf(profile, 3)), rtp({ sequence: 1 }));
    expect(new SrtpReceiver(keys).unprotect(wire, wire.length)).toBe("authentication");
  });

  test("SSRCs are bounded, and those that are known go on", () => {
    const sender = new SrtpSender(keys, 100);
    const receiver = new SrtpReceiver(keys, 3);
    const from = (ssrc: number, sequence: number): number | SrtpDrop =>
      open(receiver, sealed(sender, rtp({ ssrc, sequence })));
    const rtcpFrom = (ssrc: number): number | SrtpDrop => {
      const wire = sealedRtcp(sender, report(ssrc));
      return receiver.unprotectRtcp(wire, wire.length);
    };
    for (const ssrc of [1, 2, 3]) {
      expect(from(ssrc, 1)).toBeTypeOf("number");
      expect(rtcpFrom(ssrc)).toBeTypeOf("number");
    }
    expect(from(4, 1)).toBe("sources");
    expect(rtcpFrom(4)).toBe("sources");
    expect(from(2, 2)).toBeTypeOf("number");
    expect(rtcpFrom(3)).toBeTypeOf("number");
    const few = new SrtpSender(keys, 1);
    expect(sealed(few, rtp({ ssrc: 1, sequence: 1 })).length).toBeGreaterThan(12);
    const other = rtp({ ssrc: 2, sequence: 1 });
    expect(few.protect(other.buffer, other.length)).toBe("sources");
  });

  test("an SSRC that forged packets name takes no place", () => {
    const receiver = new SrtpReceiver(keys, 1);
    for (let ssrc = 10; ssrc < 100; ssrc += 1) {
      const forged = sealed(new SrtpSender(keysOf(profile, 3)), rtp({ ssrc, sequence: 1 }));
      expect(open(receiver, forged)).toBe("authentication");
    }
    expect(open(receiver, sealed(new SrtpSender(keys), rtp({ ssrc: 1, sequence: 1 })))).toBeTypeOf("number");
  });
});

const keys = keysOf("AES_CM_128_HMAC_SHA1_80");

test("no two packets go out under one keystream", () => {
  const sender = new SrtpSender(keys);
  sealed(sender, rtp({ sequence: 5 }));
  const again = rtp({ sequence: 5, payload: Buffer.from("something else") });
  expect(sender.protect(again.buffer, again.length)).toBe("replay");
  expect(Buffer.from(again.buffer.subarray(12, again.length)).toString()).toBe("something else");
});

test("a buffer without room is a mistake of ours", () => {
  const { buffer, length } = rtp({ sequence: 1 });
  expect(() => new SrtpSender(keys).protect(buffer.subarray(0, length + 9), length)).toThrow(RangeError);
  const { buffer: rtcp } = report(1);
  expect(() => new SrtpSender(keys).protectRtcp(rtcp.subarray(0, 28 + 13), 28)).toThrow(RangeError);
  expect(
    new SrtpSender(keysOf("AEAD_AES_128_GCM")).protectRtcp(rtcp.subarray(0, 28 + srtcpOverhead), 28),
  ).toBe(48);
});

test("keys of a wrong length are refused", () => {
  const short = { ...keys, masterSalt: keys.masterSalt.subarray(0, 12) };
  expect(() => new SrtpSender(short)).toThrow(
    "AES_CM_128_HMAC_SHA1_80 takes a key of 16 and a salt of 14 bytes",
  );
  const gcm = { ...keysOf("AEAD_AES_128_GCM"), masterSalt: keys.masterSalt };
  expect(() => new SrtpReceiver(gcm)).toThrow("a salt of 12 bytes");
});

/** werift's profiles have the numbers of RFC 5764 and RFC 7714. */
const werift = { AES_CM_128_HMAC_SHA1_80: 1, AEAD_AES_128_GCM: 7 } as const;

describe.each(["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"] as const)("with werift: %s", (profile) => {
  const own = keysOf(profile);
  const session = (): SrtpSession => {
    const key = Buffer.from(own.masterKey);
    const salt = Buffer.from(own.masterSalt);
    return new SrtpSession({
      keys: {
        localMasterKey: key,
        localMasterSalt: salt,
        remoteMasterKey: key,
        remoteMasterSalt: salt,
      },
      profile: werift[profile],
    });
  };

  test("each opens what the other protects, over a rollover", () => {
    const theirs = session();
    const [sender, receiver] = [new SrtpSender(own), new SrtpReceiver(own)];
    for (let count = 0; count < 200; count += 1) {
      const packet = rtp({ sequence: 65_436 + count, timestamp: 160 * count });
      const plain = Buffer.from(packet.buffer.subarray(0, packet.length));
      const wire = sealed(sender, packet);
      expect(theirs.decrypt(Buffer.from(wire))).toEqual(plain);
      const header = WeriftHeader.deSerialize(plain);
      const sent = Buffer.from(theirs.encrypt(plain.subarray(12), header));
      expect(receiver.unprotect(sent, sent.length)).toBe(plain.length);
      expect(sent.subarray(0, plain.length)).toEqual(plain);
    }
  });

  test("the rollover counter is right after 300 packets lost around a wrap, where werift opens no packet ever after", () => {
    const theirs = session();
    const sender = new SrtpSender(own);
    const receiver = new SrtpReceiver(own);
    const sequences = [65_300, 65_301, ...Array.from({ length: 500 }, (_, index) => 65_602 + index)];
    const wires = sequences.map((sequence) => sealed(sender, rtp({ sequence, timestamp: 0 })));
    for (const wire of wires) expect(open(receiver, wire)).toBeTypeOf("number");
    // Theirs stays at the old counter; if a new version does better, this test has lost its reason.
    for (const wire of wires.slice(0, 2)) expect(theirs.decrypt(Buffer.from(wire))).toBeTruthy();
    for (const wire of wires.slice(2)) expect(() => theirs.decrypt(Buffer.from(wire))).toThrow(/./);
  });

  test("a replayed packet is refused, where werift takes it again", () => {
    const theirs = session();
    const receiver = new SrtpReceiver(own);
    const wire = sealed(new SrtpSender(own), rtp({ sequence: 9 }));
    expect(open(receiver, wire)).toBeTypeOf("number");
    expect(open(receiver, wire)).toBe("replay");
    expect(theirs.decrypt(Buffer.from(wire))).toEqual(theirs.decrypt(Buffer.from(wire)));
  });
});

test("30,000 packets lost in a row do not lose the rollover counter", () => {
  fc.assert(
    fc.property(
      fc.nat(0x7fff),
      fc.array(fc.integer({ min: 1, max: 0x7fff }), { maxLength: 30 }),
      (start, steps) => {
        const [sender, receiver] = [new SrtpSender(keys), new SrtpReceiver(keys)];
        let sequence = start;
        for (const step of [0, ...steps]) {
          sequence += step;
          expect(open(receiver, sealed(sender, rtp({ sequence, timestamp: 0 })))).toBeTypeOf("number");
        }
      },
    ),
  );
});

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SrtpReceiver, SrtpSender, type SrtpProfile } from "../../../../src/protocol/rtp/index.ts";
import { CounterMode } from "../../../../src/protocol/rtp/counter-mode.ts";
import { sessionKeys } from "../../../../src/protocol/rtp/keys.ts";
import { HmacSha1 } from "../../../../src/protocol/rtp/sha1.ts";
import { GcmRtcp, GcmRtp } from "../../../../src/protocol/rtp/transforms.ts";
import { buffered } from "./rtp-packets.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex");

test("HMAC-SHA1 is node:crypto's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 400 }), (key, message) => {
      const mac = new HmacSha1(key);
      mac.hash(message, message.length, null);
      expect(hex(mac.tag)).toBe(createHmac("sha1", key).update(message).digest("hex"));
      mac.hash(message, message.length, 0x8123_4567);
      const suffixed = createHmac("sha1", key).update(message).update(bytes("81234567"));
      expect(hex(mac.tag)).toBe(suffixed.digest("hex"));
    }),
  );
});

describe("RFC 3711 appendix B", () => {
  test("B.2: AES-CM keystream", () => {
    const cipher = new CounterMode(
      bytes("2B7E151628AED2A6ABF7158809CF4F3C"),
      bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
    );
    expect(hex(cipher.keystream(48, 0, 0))).toBe(
      "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0",
    );
  });

  test("B.3: key derivation", () => {
    const keys = sessionKeys(
      {
        profile: "AES_CM_128_HMAC_SHA1_80",
        masterKey: bytes("E1F97A0D3E018BE0D64FA32C06DE4139"),
        masterSalt: bytes("0EC675AD498AFEEBB6960B3AABE6"),
      },
      "rtp",
    );
    expect(hex(keys.key)).toBe("c61e7a93744f39ee10734afe3ff7a087");
    expect(hex(keys.salt)).toBe("30cbbc08863d8c85d49db34a9ae1");
    expect(hex(keys.authentication)).toBe("cebe321f6ff7716b6fd4ab49af256a156d38baa4");
  });
});

describe("RFC 7714 sections 16 and 17", () => {
  const keys = {
    key: bytes("000102030405060708090a0b0c0d0e0f"),
    salt: bytes("517569642070726f2071756f"),
    authentication: new Uint8Array(0),
  };

  test("16.1: SRTP", () => {
    const plain = bytes(`8040f17b 8041f8d3 5501a0b2
      47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573`);
    const wire = `8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd5
      0d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce`;
    const transform = new GcmRtp(keys);
    const { buffer, length } = buffered(plain);
    transform.seal(buffer, 12, length, 0x5501_a0b2, 0xf17b);
    expect(hex(buffer.subarray(0, length + 16))).toBe(hex(bytes(wire)));
    expect(transform.open(buffer, 12, length + 16, 0x5501_a0b2, 0xf17b)).toBe(true);
    expect(hex(buffer.subarray(0, length))).toBe(hex(plain));
  });

  const rtcp = bytes(`81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61
    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef`);

  test("17.1: SRTCP", () => {
    const wire = `81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda
      4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4`;
    const transform = new GcmRtcp(keys);
    const { buffer, length } = buffered(rtcp);
    transform.seal(buffer, 8, length, 0x4d61_7273, 0x5d4);
    expect(hex(buffer.subarray(0, length + 20))).toBe(hex(bytes(wire)));
    expect(transform.open(buffer, 8, length + 20, 0x4d61_7273, 0x5d4)).toBe(true);
    expect(hex(buffer.subarray(0, length))).toBe(hex(rtcp));
  });

  test("17.3: SRTCP that is tagged, not encrypted", () => {
    const wire = Buffer.concat([rtcp, bytes("841dd9683dd78ec92ae58790125f62b3000005d4")]);
    expect(new GcmRtcp(keys).open(wire, 8, wire.length, 0x4d61_7273, 0x5d4)).toBe(true);
    expect(hex(wire.subarray(0, rtcp.length))).toBe(hex(rtcp));
    expect(new GcmRtcp(keys).open(wire, 8, wire.length, 0x4d61_7273, 0x5d5)).toBe(false);
  });
});

interface Recorded {
  readonly profile: SrtpProfile;
  readonly masterKey: string;
  readonly masterSalt: string;
  readonly rtp: readonly { readonly plain: string; readonly wire: string }[];
  readonly rtcp: readonly { readonly plain: string; readonly wire: string }[];
}
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../fixtures/srtp/libsrtp.json"), "utf8"),
) as Recorded[];

test("three profiles were recorded from libsrtp", () => {
  expect(recorded.map(({ profile }) => profile)).toEqual([
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AEAD_AES_128_GCM",
  ]);
});

describe.each(recorded)("as libsrtp does: $profile", ({ profile, masterKey, masterSalt, rtp, rtcp }) => {
  const keys = { profile, masterKey: bytes(masterKey), masterSalt: bytes(masterSalt) };

  test("RTP with CSRCs, extensions and two rollovers", () => {
    const [sender, receiver] = [new SrtpSender(keys), new SrtpReceiver(keys)];
    for (const { plain, wire } of rtp) {
      const { buffer, length } = buffered(bytes(plain));
      const sealed = sender.protect(buffer, length);
      expect(hex(buffer.subarray(0, sealed as number))).toBe(wire);
      expect(receiver.unprotect(buffer, sealed as number)).toBe(length);
      expect(hex(buffer.subarray(0, length))).toBe(plain);
    }
    expect(rtp).toHaveLength(12);
  });

  test("RTCP", () => {
    const [sender, receiver] = [new SrtpSender(keys), new SrtpReceiver(keys)];
    // libsrtp counts from 1.
    const first = buffered(bytes(rtcp[0]?.plain ?? ""));
    sender.protectRtcp(first.buffer, first.length);
    for (const { plain, wire } of rtcp) {
      const { buffer, length } = buffered(bytes(plain));
      const sealed = sender.protectRtcp(buffer, length);
      expect(hex(buffer.subarray(0, sealed as number))).toBe(wire);
      expect(receiver.unprotectRtcp(buffer, sealed as number)).toBe(length);
      expect(hex(buffer.subarray(0, length))).toBe(plain);
    }
    expect(rtcp).toHaveLength(4);
  });
});

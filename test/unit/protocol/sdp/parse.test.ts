import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseSdp,
  printSdp,
  SdpError,
  type Attribute,
  type Connection,
  type SessionDescription,
} from "../../../../src/protocol/sdp/index.ts";
import { malformed, recorded, sdp } from "./fixtures.ts";

const names = [
  "freeswitch-offer",
  "freeswitch-offer-sdes",
  "freeswitch-hold",
  "freeswitch-resume",
  "chromium-offer",
  "chromium-answer",
  "baresip-offer",
  "linphone-offer",
];

/** Those that mean something to a call; Chromium's one space before a value does not. */
const linesOf = (text: string): string[] =>
  text
    .split("\r\n")
    .filter((line) => /^[acmo]=/.test(line))
    .map((line) => line.replace(/^(a=[^:]+:) /, "$1"));

describe.each(names)("%s", (name) => {
  const text = recorded(name);

  test("what is printed of it is read as the same", () => {
    const description = parseSdp(text);
    expect(parseSdp(printSdp(description))).toEqual(description);
    expect(description.media.length).toBeGreaterThan(0);
  });

  test("every attribute, media and connection line is kept as it stands", () => {
    expect(linesOf(printSdp(parseSdp(text)))).toEqual(linesOf(text));
  });

  test("with bare LF it is the same", () => {
    expect(parseSdp(text.replaceAll("\r\n", "\n"))).toEqual(parseSdp(text));
  });

  test("cut anywhere, or with any byte changed, it is read or refused with an SdpError", () => {
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string({ maxLength: 3 }), (from, to, put) => {
        const changed = text.slice(0, Math.min(from, to)) + put + text.slice(Math.max(from, to));
        expect(readOrRefused(changed)).toBe(true);
      }),
    );
  });
});

function readOrRefused(text: string): boolean {
  try {
    parseSdp(text);
    return true;
  } catch (error) {
    return error instanceof SdpError;
  }
}

const ip = fc.oneof(fc.ipV4(), fc.ipV6());
const connection: fc.Arbitrary<Connection> = ip.map((address) => ({
  addressType: address.includes(":") ? "IP6" : "IP4",
  address,
}));
const token = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/);
const value = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .map((text) => text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, "").trim())
  .filter((text) => text !== "" && text.isWellFormed());
const attributes: fc.Arbitrary<Attribute[]> = fc.array(fc.record({ name: token, value: fc.option(value) }), {
  maxLength: 8,
});
const number = fc.stringMatching(/^[0-9]{1,20}$/);
const description: fc.Arbitrary<SessionDescription> = fc.record({
  origin: fc
    .tuple(token, number, number, connection)
    .map(([username, sessionId, sessionVersion, place]) =>
      Object.assign(place, { username, sessionId, sessionVersion }),
    ),
  name: value,
  connection: fc.option(connection),
  attributes,
  media: fc.array(
    fc.record({
      kind: token,
      port: fc.nat(65_535),
      protocol: fc.constantFrom("RTP/AVP", "UDP/TLS/RTP/SAVPF", "udptl"),
      formats: fc.array(token, { minLength: 1, maxLength: 6 }),
      connection: fc.option(connection),
      attributes,
    }),
    { maxLength: 5 },
  ),
});

test("whatever a description says, what is printed of it is read as the same", () => {
  fc.assert(
    fc.property(description, (said) => {
      expect(parseSdp(printSdp(said))).toEqual(said);
    }),
  );
});

test("whatever the text, it is read or refused with an SdpError", () => {
  const line = fc.tuple(fc.constantFrom(...Array.from("vostcmabirzkuep?")), fc.string({ maxLength: 30 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const text = `v=0\r\n${lines.map(([type, text]) => `${type}=${text}`).join("\r\n")}`;
      expect(readOrRefused(text)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each(malformed)("malformed: %s", (_, text) => {
  expect(() => parseSdp(text)).toThrow(SdpError);
});

test("an error says where and why, and does not repeat the text", () => {
  expect(() => parseSdp(sdp("m=audio secret RTP/AVP 0"))).toThrow(/^line 6: m= is malformed$/);
});

describe("sizes", () => {
  test("64 KiB of text", () => {
    const text = sdp("m=audio 1 RTP/AVP 0", ...Array.from({ length: 20 }, () => `a=x:${"y".repeat(4000)}`));
    expect(() => parseSdp(text)).toThrow("more than 65536 characters");
  });

  test("2000 lines", () => {
    expect(() => parseSdp(sdp(...Array.from({ length: 2000 }, () => "a=x")))).toThrow("more than 2000 lines");
  });

  test("32 media descriptions", () => {
    const media = Array.from({ length: 33 }, () => "m=audio 1 RTP/AVP 0");
    expect(parseSdp(sdp(...media.slice(1))).media).toHaveLength(32);
    expect(() => parseSdp(sdp(...media))).toThrow("more than 32 media descriptions");
  });
});

describe("what deployed peers do is tolerated", () => {
  test("no s= and no t=, spaces at the end, empty lines, lines in another order", () => {
    const text =
      "v=0\nc=IN IP4 192.0.2.9\no=root  42   43 IN IP4 pbx.example \n\nm=audio 4000/2 RTP/AVP 0  8 \n\n";
    expect(parseSdp(text)).toMatchObject({
      name: "-",
      origin: { username: "root", sessionId: "42", sessionVersion: "43", address: "pbx.example" },
      connection: { address: "192.0.2.9" },
      media: [{ port: 4000, formats: ["0", "8"] }],
    });
  });

  test("multicast's TTL, lines of types that say nothing to us", () => {
    const text = sdp("i=talk", "b=AS:64", "k=clear:x", "m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127/3");
    expect(parseSdp(text).media[0]?.connection).toEqual({ addressType: "IP4", address: "224.2.1.1" });
  });
});

test("nothing that is printed can become a line of its own", () => {
  const plain = parseSdp(sdp("m=audio 4000 RTP/AVP 0"));
  for (const evil of ["x\r\na=evil", "x\na=evil", "x\ra=evil", "x\u0000"]) {
    expect(() => printSdp({ ...plain, name: evil })).toThrow(SdpError);
    expect(() => printSdp({ ...plain, attributes: [{ name: "x", value: evil }] })).toThrow(SdpError);
    expect(() => printSdp({ ...plain, origin: { ...plain.origin, username: evil } })).toThrow(SdpError);
  }
});

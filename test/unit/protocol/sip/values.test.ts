import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import {
  parseAddress,
  parseContentType,
  parseCSeq,
  parseRAck,
  parseReason,
  parseUri,
  parseValue,
  parseVia,
  printAddress,
  printReason,
  printUri,
  printValue,
  printVia,
  SipParseError,
  type SipUri,
} from "../../../../src/protocol/sip/index.ts";

/** Any text a URI's part may be made of; lone surrogates have no UTF-8. */
const anyText = fc.string({ unit: "binary", maxLength: 30 });
const nonEmpty = fc.string({ unit: "binary", minLength: 1, maxLength: 30 });
const host = fc.oneof(
  fc.constantFrom("example.com", "127.0.0.1", "[2001:db8::1]", "a", "a_b.example"),
  fc.domain(),
  fc.ipV4(),
);
const name = fc.string({
  unit: fc.constantFrom(...Array.from("abz019-.!%*_+`'~")),
  minLength: 1,
  maxLength: 10,
});
const pairs = <Name, Value>(
  name: fc.Arbitrary<Name>,
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<Map<Name, Value>> =>
  fc.array(fc.tuple(name, value), { maxLength: 5 }).map((all) => new Map(all));

const scheme = fc.constantFrom("sip" as const, "sips" as const);
const port = fc.integer({ min: 1, max: 65_535 });
const uriParams = pairs(
  nonEmpty.map((text) => text.toLowerCase()).filter((text) => text === text.toLowerCase()),
  fc.option(anyText),
);
const uriHeaders = fc.array(fc.tuple(nonEmpty, anyText), { maxLength: 4 });
const bareUri = { scheme, host, port, params: uriParams, headers: uriHeaders };

const uri: fc.Arbitrary<SipUri> = fc.oneof(
  fc.record(bareUri, { requiredKeys: ["scheme", "host", "params", "headers"] }),
  fc.record(
    { ...bareUri, user: nonEmpty, password: anyText },
    { requiredKeys: ["scheme", "host", "params", "headers", "user"] },
  ),
);

describe("a URI", () => {
  test("of any parts is read as it was written, whatever they hold", () => {
    fc.assert(
      fc.property(uri, (one) => {
        const text = printUri(one);
        expect(text).toMatch(/^[!-~]+$/u);
        expect(parseUri(text)).toEqual(one);
      }),
    );
  });

  test.each([
    ["sip:1000@127.0.0.1:5060;transport=tcp", { user: "1000", host: "127.0.0.1", port: 5060 }],
    ["SIPS:example.com", { scheme: "sips", host: "example.com" }],
    ["sip:[::1]:5090;lr", { host: "[::1]", port: 5090, params: new Map([["lr", null]]) }],
    ["sip:*97@a", { user: "*97" }],
    ["sip:#31#@a", { user: "#31#" }],
    ["sip:%C3%BC@a", { user: "ü" }],
    ["sip:%FF@a", { user: "\uFFFD" }],
    ["sip:a;transport=udp;Transport=tcp", { params: new Map([["transport", "udp"]]) }],
    [
      "sip:1@a?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2",
      { headers: [["Replaces", "x@y;to-tag=1;from-tag=2"]] },
    ],
  ])("%s", (text, parts) => {
    expect(parseUri(text)).toMatchObject(parts);
  });

  test.each([
    "",
    "sip:",
    "sip:@a",
    "sip::x@a",
    "sip:a@",
    "sip:a@b@c",
    "sip:good@host;x=y@evil",
    "sip:a b@c",
    "sip:a@b c",
    "sip:a@b:",
    "sip:a@b:65536",
    "sip:a@b:5060x",
    "sip:a@[::1",
    "sip:a@[zz]",
    "sip:a@-b",
    "sip:a@b/c",
    "sip:%4@a",
    "sip:%zz@a",
    "sip:a@b;=c",
    "sip:a@b?c",
    "sip:a@b\r\nX: y",
    "sip:<a>@b",
    `sip:${"a".repeat(256)}`,
    "tel:+4930",
    "a@b",
  ])("%j is refused", (text) => {
    expect(() => parseUri(text)).toThrow(SipParseError);
  });

  test.each(["a b", "a\r\nb", "", "a;b", "a>b", "[::1"])("is not printed with the host %j", (broken) => {
    expect(() => printUri({ scheme: "sip", host: broken })).toThrow(Failure);
  });

  test("takes an IPv6 address with or without brackets", () => {
    expect(printUri({ scheme: "sip", host: "::1", port: 1 })).toBe("sip:[::1]:1");
    expect(printUri({ scheme: "sip", host: "[::1]", port: 1 })).toBe("sip:[::1]:1");
  });
});

describe("an address", () => {
  const displayName = fc
    .string({ unit: "grapheme", maxLength: 40 })
    // oxlint-disable-next-line no-control-regex -- what no header holds
    .map((text) => text.replaceAll(/[\0\n\r"\\]/gu, "").trim());

  test("is read as it was written", () => {
    fc.assert(
      fc.property(displayName, uri, pairs(name, fc.option(displayName)), (displayName, uri, params) => {
        const text = printAddress({ displayName, uri, params });
        expect(parseAddress(text)).toEqual({ displayName, uri, uriText: printUri(uri), params });
      }),
    );
  });

  test("no display name gets out of its quotes", () => {
    const line = printAddress({ displayName: 'a" <sip:evil@x>;tag=1, "\\', uri: "sip:b@c" });
    expect(line).toBe('"a <sip:evil@x>;tag=1," <sip:b@c>');
    expect(parseAddress(line)).toMatchObject({ uriText: "sip:b@c", params: new Map() });
    expect(() => printAddress({ displayName: "a\r\nX: y", uri: "sip:b@c" })).toThrow(Failure);
  });

  test("is not printed with text that is no URI", () => {
    for (const text of ["", "b", "sip:", "sip:b@c>, <sip:d@e", "sip:b@c\r\nX: y"]) {
      expect(() => printAddress({ uri: text })).toThrow(Failure);
    }
  });

  test.each([
    ["sip:a@b;tag=x", { uriText: "sip:a@b", params: new Map([["tag", "x"]]) }],
    ["<sip:a@b;lr>", { uriText: "sip:a@b;lr", params: new Map() }],
    ["Anna Müller <sip:a@b> ; tag = x", { displayName: "Anna Müller", params: new Map([["tag", "x"]]) }],
    ['sip:a@b;x="<y>"', { uriText: "sip:a@b", params: new Map([["x", "<y>"]]) }],
    ['""<sip:a@b>', { displayName: "", uriText: "sip:a@b" }],
    ["*", { uri: "*" }],
    ["<tel:+4930;phone-context=x>", { uri: "tel:+4930;phone-context=x" }],
    ["<sip:a@b>;received=[2001:db8::1]", { params: new Map([["received", "[2001:db8::1]"]]) }],
  ])("%s", (text, parts) => {
    expect(parseAddress(text)).toMatchObject(parts);
  });

  test.each([
    "",
    "<>",
    '"a',
    '"a"',
    '"a" sip:b@c',
    "<sip:a@b",
    "a, b <sip:a@b>",
    "sip:a@b, sip:c@d",
    "sip:a@b?c=d",
    "<sip:a@b>x",
    "<sip:a@b>;",
    "<sip:a@b>;tag=",
    "<sip:a@b>;tag=1;TAG=2",
    '<sip:a@b>;x="y',
    "< sip:a@b>",
  ])("%j is refused", (text) => {
    expect(() => parseAddress(text)).toThrow(SipParseError);
  });
});

describe("a Via", () => {
  test("is read as it was written", () => {
    const protocol = fc.constantFrom("UDP", "TCP", "TLS", "X");
    const params = pairs(name, fc.option(fc.string({ maxLength: 20 })));
    const via = fc.record({ protocol, host, port, params }, { requiredKeys: ["protocol", "host", "params"] });
    fc.assert(
      fc.property(via, (one) => {
        expect(parseVia(printVia(one))).toEqual(one);
      }),
    );
  });

  test("may be written with spaces wherever a separator stands (RFC 3261 section 20.42)", () => {
    expect(
      parseVia("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1"),
    ).toEqual({
      protocol: "UDP",
      host: "first.example.com",
      port: 4000,
      params: new Map([
        ["ttl", "16"],
        ["maddr", "224.2.0.1"],
        ["branch", "z9hG4bKa7c6a8dlze.1"],
      ]),
    });
  });

  test.each([
    "",
    "SIP/2.0/UDP",
    "SIP/2.0 a",
    "HTTP/2.0/UDP a",
    "SIP//UDP a",
    "SIP/2.0/UDP a:b",
    "SIP/2.0/UDP a;=x",
  ])("%j is refused", (text) => {
    expect(() => parseVia(text)).toThrow(SipParseError);
  });
});

describe("numbers", () => {
  test("of a CSeq and an RAck", () => {
    expect(parseCSeq(" 007 \t INVITE ")).toEqual({ number: 7, method: "INVITE" });
    expect(parseCSeq("0 invite")).toEqual({ number: 0, method: "invite" });
    expect(parseRAck("776656 1 INVITE")).toEqual({ response: 776656, number: 1, method: "INVITE" });
  });

  test.each(["", "1", "INVITE", "1 INVITE x", "-1 INVITE", "1.5 INVITE", "2147483648 INVITE", "1 IN,VITE"])(
    "%j is no CSeq",
    (text) => {
      expect(() => parseCSeq(text)).toThrow(SipParseError);
    },
  );

  test.each(["", "1 1", "1 1 INVITE x", "x 1 INVITE"])("%j is no RAck", (text) => {
    expect(() => parseRAck(text)).toThrow(SipParseError);
  });
});

describe("values with parameters", () => {
  test("Content-Type, in lower case", () => {
    expect(parseContentType('Application / SDP;charset="utf-8"')).toEqual({
      type: "application/sdp",
      params: new Map([["charset", "utf-8"]]),
    });
    for (const text of ["", "application", "application/", "a/b/c", "a b/c"]) {
      expect(() => parseContentType(text)).toThrow(SipParseError);
    }
  });

  test("Session-Expires, Replaces", () => {
    expect(parseValue("1800;refresher=uas")).toEqual({
      value: "1800",
      params: new Map([["refresher", "uas"]]),
    });
    const replaces = {
      value: "a@b",
      params: new Map([
        ["to-tag", "1"],
        ["early-only", null],
      ]),
    };
    expect(printValue(replaces)).toBe("a@b;to-tag=1;early-only");
    expect(parseValue(printValue(replaces))).toEqual(replaces);
    expect(() => parseValue(";x")).toThrow(SipParseError);
    expect(() => printValue({ value: "a", params: new Map([["b\r\nc", null]]) })).toThrow(Failure);
  });

  test("Reason, as FreeSWITCH writes it, and without the parts that may be missing", () => {
    expect(parseReason('Q.850;cause=16;text="NORMAL_CLEARING"')).toEqual({
      protocol: "Q.850",
      cause: 16,
      text: "NORMAL_CLEARING",
    });
    expect(parseReason("SIP")).toEqual({ protocol: "SIP" });
    expect(parseReason("SIP;cause=x")).toEqual({ protocol: "SIP" });
    expect(printReason({ protocol: "Q.850", cause: 17, text: 'USER "BUSY"' })).toBe(
      'Q.850;cause=17;text="USER BUSY"',
    );
    expect(() => printReason({ protocol: "SIP", text: "a\r\nb" })).toThrow(Failure);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  authorize,
  chooseChallenge,
  parseChallenge,
  SipParseError,
  type Challenge,
} from "../../../../src/protocol/sip/index.ts";

const rfc7616 = {
  credentials: { username: "Mufasa", password: "Circle of Life" },
  method: "GET",
  uri: "/dir/index.html",
  body: new Uint8Array(),
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  nonceCount: 1,
};
const rfc7616Challenge = (algorithm: string): Challenge =>
  parseChallenge(
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
      'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );

const responseOf = (authorization: string): string | undefined =>
  /response="([0-9a-f]+)"/u.exec(authorization)?.[1];

describe("the published examples", () => {
  test.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("of RFC 7616 section 3.9.1, %s", (algorithm, response) => {
    expect(authorize({ ...rfc7616, challenge: rfc7616Challenge(algorithm) })).toBe(
      [
        'Digest username="Mufasa"',
        'realm="http-auth@example.org"',
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
        'uri="/dir/index.html"',
        `response="${response}"`,
        `algorithm=${algorithm}`,
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"',
        "qop=auth",
        "nc=00000001",
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
      ].join(", "),
    );
  });

  const rfc2617 =
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const given = {
    method: "GET",
    uri: "/dir/index.html",
    body: new Uint8Array(),
    cnonce: "0a4f113b",
    nonceCount: 1,
  };

  test("of RFC 2617 section 3.5", () => {
    const challenge = parseChallenge(`${rfc2617}, qop="auth,auth-int"`);
    const credentials = { username: "Mufasa", password: "Circle Of Life" };
    expect(responseOf(authorize({ ...given, challenge, credentials }))).toBe(
      "6629fae49393a05397450978507c4ef1",
    );
  });

  test("of RFC 2069 as corrected by its erratum 749, without qop", () => {
    const challenge = parseChallenge(rfc2617);
    const credentials = { username: "Mufasa", password: "CircleOfLife" };
    const answer = authorize({ ...given, challenge, credentials });
    expect(responseOf(answer)).toBe("1949323746fe6a43ef61f9606e7febea");
    expect(answer).not.toMatch(/qop|nc=|cnonce/u);
  });
});

describe("as curl 8 answered, with a quote in realm and user", () => {
  test.each([
    ["MD5", "OWU1NDQ0YjA5MmU3ZWFkYTNiMDM5NDMzY2ZjYzQxNjU=", "c17cea0abf8d4dd7d0d272436c66f6c1"],
    ["MD5-sess", "ZDNmNGZmYWVkOGE5YjBmNjJjYTk3ZGY2NDAzOWI1Nzg=", "89db7d7884fe3b95decf4033789b8cb1"],
    [
      "SHA-256",
      "N2IwNGNmNDg3M2FiODU4ODUwN2ZkMWJjOGQ1MTA3Y2M=",
      "e69c0dc3b03ab12c56e2370513000c019ac5895002fb9bec37f3767fa75099a6",
    ],
    [
      "SHA-256-sess",
      "ZjdmYjYzOWI5N2ZkYTQyYjM5YWE0M2ExYWI3ZDRkYTU=",
      "8a5af54d5c4d9a89131cc6bd6c78884d676bb098777bbf47b50ae7034ca18a55",
    ],
  ])("%s", (algorithm, cnonce, response) => {
    const challenge = parseChallenge(
      String.raw`Digest realm="pat\"ch", nonce="abc==", opaque="o/p", algorithm=${algorithm}, qop="auth"`,
    );
    const credentials = { username: '10"00', password: "s3 c" };
    const given = { method: "GET", uri: "/x", body: new Uint8Array(), cnonce, nonceCount: 1 };
    const answer = authorize({ ...given, challenge, credentials });
    expect(responseOf(answer)).toBe(response);
    expect(answer).toContain(String.raw`username="10\"00", realm="pat\"ch"`);
  });
});

test("the body counts where the server wants auth-int and nothing less, and the count of the nonce always", () => {
  const challenge = { ...rfc7616Challenge("MD5"), qop: ["auth-int"] };
  const of = (body: string, nonceCount: number): string =>
    authorize({ ...rfc7616, challenge, body: Buffer.from(body), nonceCount });
  expect(of("a", 1)).toContain("qop=auth-int");
  expect(responseOf(of("a", 1))).not.toBe(responseOf(of("b", 1)));
  expect(responseOf(of("a", 1))).not.toBe(responseOf(of("a", 255)));
  expect(of("a", 255)).toContain("nc=000000ff");
});

const of = (rest: string): string => `Digest realm="a", nonce="b"${rest}`;
const chosen = (...values: string[]): string | undefined => chooseChallenge(values)?.algorithm;

describe("a challenge", () => {
  test("as FreeSWITCH writes it", () => {
    expect(
      parseChallenge(
        'Digest realm="patchcord.local", nonce="0c4a0b0e-3cbe-4d12-9f0b-4c3e4d8fa6a2", stale=true, algorithm=MD5, qop="auth"',
      ),
    ).toEqual({
      scheme: "digest",
      realm: "patchcord.local",
      nonce: "0c4a0b0e-3cbe-4d12-9f0b-4c3e4d8fa6a2",
      stale: true,
      algorithm: "MD5",
      qop: ["auth"],
    });
  });

  test("without the parts that may be missing, in any case and spacing", () => {
    expect(parseChallenge('DIGEST  Realm = "" ,, NONCE="x",STALE=FALSE')).toEqual({
      scheme: "digest",
      realm: "",
      nonce: "x",
      stale: false,
      algorithm: "MD5",
      qop: [],
    });
  });

  test.each([
    "",
    "Digest",
    'Digest realm="a"',
    'Digest nonce="a"',
    'Digest realm="a, nonce="b"',
    'Digest realm="a", realm="b", nonce="c"',
    "Digest x",
  ])("%j is refused", (text) => {
    expect(() => parseChallenge(text)).toThrow(SipParseError);
  });

  test("of several the first that can be answered is chosen", () => {
    expect(chosen(of(", algorithm=SHA-256"), of(", algorithm=MD5"))).toBe("SHA-256");
    expect(chosen(of(", algorithm=MD5"), of(", algorithm=SHA-256"))).toBe("MD5");
    expect(chosen("nonsense", 'Basic realm="a"', of(", algorithm=X"), of(', qop="x"'), of(""))).toBe("MD5");
    expect(chosen(of(", algorithm=MD5-sess"))).toBeUndefined();
    expect(chosen('Basic realm="a"')).toBeUndefined();
    expect(chosen()).toBeUndefined();
  });

  test("that would not be chosen is not answered", () => {
    const challenge = { ...rfc7616Challenge("MD5"), algorithm: "X" };
    expect(() => authorize({ ...rfc7616, challenge })).toThrow(SipParseError);
  });

  test("of any text is read or refused, and its answer is one header line that reads back", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('Digest realm="a",nonce\\qop \tüx5')),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, text, (rest, realm) => {
        const value = `Digest realm="${realm.replaceAll(/["\\]/gu, String.raw`\$&`)}", nonce="n", x="y" ${rest}`;
        const challenge = chooseChallenge([value]);
        if (!challenge) return;
        const answer = authorize({ ...rfc7616, challenge });
        expect(parseChallenge(answer)).toMatchObject({ realm, nonce: "n" });
      }),
      { numRuns: 1000 },
    );
  });
});

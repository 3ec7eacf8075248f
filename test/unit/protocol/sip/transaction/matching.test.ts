import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clientKeyOf,
  fitsLegacyTag,
  originOf,
  serverKeyOf,
} from "../../../../../src/protocol/sip/transaction/matching.ts";
import { parseMessage, type SipRequest, type SipResponse } from "../../../../../src/protocol/sip/index.ts";

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly via?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: string;
}

function request(parts: Parts = {}): SipRequest {
  const { method = "INVITE", uri = "sip:b@b.test", callId = "c@a.test" } = parts;
  const text = [
    `${method} ${uri} SIP/2.0`,
    `Via: ${parts.via ?? "SIP/2.0/UDP a.test:5070;branch=z9hG4bKx"}`,
    `From: ${parts.from ?? "<sip:a@a.test>;tag=f"}`,
    `To: ${parts.to ?? "<sip:b@b.test>"}`,
    `Call-ID: ${callId}`,
    `CSeq: ${parts.cseq ?? `1 ${method}`}`,
    "",
    "",
  ].join("\r\n");
  const message = parseMessage(Buffer.from(text));
  if (message.kind !== "request") throw new Error("no request");
  return message;
}

function response(to: string): SipResponse {
  const { headers } = request({ to });
  return { kind: "response", status: 486, reason: "", headers, body: new Uint8Array() };
}

const legacy = "SIP/2.0/UDP a.test:5070";

describe("a response belongs to the request of its branch and method (RFC 3261 17.1.3)", () => {
  test.each([
    ["the same", {}, true],
    ["another branch", { via: "SIP/2.0/UDP a.test:5070;branch=z9hG4bKy" }, false],
    ["a CANCEL's, whose branch is the INVITE's", { method: "CANCEL" }, false],
    [
      "of another sent-by, which a response may not change but need not repeat",
      { via: "SIP/2.0/UDP b.test;branch=z9hG4bKx" },
      true,
    ],
  ])("%s", (_, parts, same) => {
    expect(clientKeyOf(request(parts)) === clientKeyOf(request())).toBe(same);
  });
});

describe("a request is a retransmission by branch, sent-by and method (17.2.3)", () => {
  test.each<[string, Parts, boolean]>([
    ["the same", {}, true],
    [
      "with all else different",
      { uri: "sip:x@y", from: "<sip:q@r>;tag=2", callId: "other", cseq: "9 INVITE" },
      true,
    ],
    ["an ACK is its INVITE's", { method: "ACK" }, true],
    ["a CANCEL is not", { method: "CANCEL" }, false],
    ["a BYE is not", { method: "BYE" }, false],
    ["of another branch", { via: "SIP/2.0/UDP a.test:5070;branch=z9hG4bKy" }, false],
    ["of another host", { via: "SIP/2.0/UDP b.test:5070;branch=z9hG4bKx" }, false],
    ["of another port", { via: "SIP/2.0/UDP a.test:5071;branch=z9hG4bKx" }, false],
    ["of a host in other letters", { via: "SIP/2.0/UDP A.Test:5070;branch=z9hG4bKx" }, true],
  ])("%s", (_, parts, same) => {
    expect(serverKeyOf(request(parts)) === serverKeyOf(request())).toBe(same);
    expect(fitsLegacyTag(request(parts), request(), undefined)).toBe(true);
  });

  test("no port is 5060", () => {
    const [without, with5060] = ["a.test", "a.test:5060"].map((host) =>
      serverKeyOf(request({ via: `SIP/2.0/UDP ${host};branch=z9hG4bKx` })),
    );
    expect(without).toBe(with5060);
  });

  test("the INVITE that a CANCEL is about is found as an INVITE (9.2)", () => {
    expect(serverKeyOf(request({ method: "CANCEL" }), "INVITE")).toBe(serverKeyOf(request()));
  });
});

describe("a request of RFC 2543 is a retransmission by nearly everything (17.2.3)", () => {
  const old = (parts: Parts = {}): SipRequest => request({ via: legacy, ...parts });
  test.each<[string, Parts, boolean]>([
    ["the same", {}, true],
    ["an ACK is its INVITE's", { method: "ACK", to: "<sip:b@b.test>;tag=t" }, true],
    ["of another URI", { uri: "sip:x@b.test" }, false],
    ["of another From tag", { from: "<sip:a@a.test>;tag=g" }, false],
    ["of another Call-ID", { callId: "other" }, false],
    ["of another number", { cseq: "2 INVITE" }, false],
    ["of another Via", { via: `${legacy};branch=1` }, false],
    ["another method", { method: "BYE" }, false],
  ])("%s", (_, parts, same) => {
    expect(serverKeyOf(old(parts)) === serverKeyOf(old())).toBe(same);
  });

  test.each<[string, SipRequest, SipResponse | undefined, boolean]>([
    [
      "an ACK with the tag of our response",
      old({ method: "ACK", to: "<sip:b@b>;tag=t" }),
      response("<sip:b@b>;tag=t"),
      true,
    ],
    [
      "an ACK with another",
      old({ method: "ACK", to: "<sip:b@b>;tag=u" }),
      response("<sip:b@b>;tag=t"),
      false,
    ],
    ["the INVITE again, without one", old(), response("<sip:b@b>;tag=t"), true],
    ["an INVITE with one", old({ to: "<sip:b@b>;tag=t" }), response("<sip:b@b>;tag=t"), false],
  ])("the To tag: %s", (_, message, answer, fits) => {
    expect(fitsLegacyTag(message, old(), answer)).toBe(fits);
  });
});

test("a request that comes by two ways has one origin (8.2.2.2)", () => {
  const other = { via: "SIP/2.0/UDP proxy.test;branch=z9hG4bKy", uri: "sip:b@elsewhere.test" };
  expect(originOf(request(other))).toBe(originOf(request()));
  expect(originOf(request({ ...other, cseq: "2 INVITE" }))).not.toBe(originOf(request()));
});

test("no branch, host and method make the key of others", () => {
  const token = string({ unit: constantFrom("a", "b", "-", "1"), minLength: 1, maxLength: 4 });
  assert(
    property(token, token, token, token, (branch, host, otherBranch, otherHost) => {
      const via = (of: string, at: string): string => `SIP/2.0/UDP x${at}x;branch=z9hG4bK${of}`;
      const same = branch === otherBranch && host === otherHost;
      expect(
        serverKeyOf(request({ via: via(branch, host) })) ===
          serverKeyOf(request({ via: via(otherBranch, otherHost) })),
      ).toBe(same);
    }),
  );
});

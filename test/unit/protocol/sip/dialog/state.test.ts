import { describe, expect, test } from "vitest";
import {
  dialogOfRequest,
  dialogOfResponse,
  hopAddress,
  refreshTarget,
  requestIn,
  takeRequest,
  type DialogState,
} from "../../../../../src/protocol/sip/dialog/state.ts";
import { parseReplaces, printReplaces } from "../../../../../src/protocol/sip/dialog/replaces.ts";
import {
  parseMessage,
  type HeaderPair,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../../../../../src/protocol/sip/index.ts";

const message = (start: string, ...headers: readonly HeaderPair[]): SipMessage =>
  parseMessage(
    Buffer.from(
      [
        start,
        "Via: SIP/2.0/UDP a.test;branch=z9hG4bKx",
        "From: A <sip:a@a.test>;tag=f",
        "Call-ID: c",
        `CSeq: 7 ${/^(\w+) sip/.exec(start)?.[1] ?? "INVITE"}`,
        ...headers.map((pair) => pair.join(": ")),
        "",
        "",
      ].join("\r\n"),
    ),
  );
const invite = (...headers: readonly HeaderPair[]): SipRequest =>
  message("INVITE sip:b@b.test SIP/2.0", ["To", "<sip:b@b.test>"], ...headers) as SipRequest;
const ok = (...headers: readonly HeaderPair[]): SipResponse =>
  message("SIP/2.0 200 OK", ["To", "<sip:b@b.test>;tag=t"], ...headers) as SipResponse;

describe("a dialog (RFC 3261 12.1)", () => {
  test("is the caller's by the response: the route is its Record-Route the other way round", () => {
    const made = dialogOfResponse(
      invite(),
      ok(["Contact", "<sip:b@10.0.0.2:5070>;q=1"], ["Record-Route", "<sip:p1;lr>, <sip:p2;lr>"]),
    );
    expect(made).toEqual({
      callId: "c",
      localTag: "f",
      remoteTag: "t",
      local: "A <sip:a@a.test>;tag=f",
      remote: "<sip:b@b.test>;tag=t",
      localSequence: 7,
      remoteSequence: null,
      remoteTarget: "sip:b@10.0.0.2:5070",
      routes: ["<sip:p2;lr>", "<sip:p1;lr>"],
    });
  });

  test("is the callee's by the request: the route is its Record-Route as it is", () => {
    const made = dialogOfRequest(
      invite(["Contact", "<sip:a@10.0.0.1>"], ["Record-Route", "<sip:p1;lr>, <sip:p2;lr>"]),
      "ours",
    );
    expect(made).toEqual({
      callId: "c",
      localTag: "ours",
      remoteTag: "f",
      local: "<sip:b@b.test>;tag=ours",
      remote: "A <sip:a@a.test>;tag=f",
      localSequence: 0,
      remoteSequence: 7,
      remoteTarget: "sip:a@10.0.0.1",
      routes: ["<sip:p1;lr>", "<sip:p2;lr>"],
    });
  });

  test("without a Contact goes to where the INVITE went, without a tag it has an empty one", () => {
    const { remoteTarget, remoteTag } = dialogOfResponse(
      invite(),
      message("SIP/2.0 180 Ringing", ["To", "<sip:b@b.test>"]) as SipResponse,
    );
    expect({ remoteTarget, remoteTag }).toEqual({ remoteTarget: "sip:b@b.test", remoteTag: "" });
  });

  test("is not made along a route that cannot be read", () => {
    expect(() => dialogOfRequest(invite(["Record-Route", "<sip:p1"]), "ours")).toThrow("does not end");
  });

  test.each(["*", "tel:+4930"])("has no target in the Contact %s", (contact) => {
    expect(dialogOfRequest(invite(["Contact", contact]), "ours").remoteTarget).toBe("sip:a@a.test");
  });
});

const state: DialogState = {
  callId: "c",
  localTag: "l",
  remoteTag: "r",
  local: "<sip:a@a>;tag=l",
  remote: "<sip:b@b>;tag=r",
  localSequence: 5,
  remoteSequence: null,
  remoteTarget: "sip:b@10.0.0.2",
  routes: [],
};

describe("a request of ours in it (12.2.1.1)", () => {
  test("has the next number, an ACK its INVITE's", () => {
    const first = requestIn(state, "INFO");
    expect(first.request.headers.get("CSeq")).toBe("6 INFO");
    const second = requestIn(first.state, "INVITE");
    expect(second.request.headers.get("CSeq")).toBe("7 INVITE");
    const ack = requestIn(requestIn(second.state, "INFO").state, "ACK", 7);
    expect(ack.request.headers.get("CSeq")).toBe("7 ACK");
    expect(ack.state.localSequence).toBe(8);
  });

  test.each([
    ["no route", [], "sip:b@10.0.0.2", [], "sip:b@10.0.0.2"],
    [
      "a loose route",
      ["<sip:p1;lr>", "<sip:p2;lr>"],
      "sip:b@10.0.0.2",
      ["<sip:p1;lr>", "<sip:p2;lr>"],
      "sip:p1;lr",
    ],
    ["a strict route", ["<sip:p1>", "<sip:p2;lr>"], "sip:p1", ["<sip:p2;lr>", "<sip:b@10.0.0.2>"], "sip:p1"],
  ])("goes along %s", (_, routes, uri, route, hop) => {
    const { request, hop: next } = requestIn({ ...state, routes }, "BYE");
    expect({ uri: request.uri, hop: next }).toEqual({ uri, hop });
    expect(request.headers.all("Route")).toEqual(route);
  });
});

describe("a request of theirs in it (12.2.2)", () => {
  const numbered = (number: number): SipRequest => ({
    ...invite(),
    headers: invite().headers.copy().set("CSeq", `${number} INVITE`),
  });

  test("counts up, may skip, and may not go back", () => {
    const seven = takeRequest(state, numbered(7));
    expect(seven?.remoteSequence).toBe(7);
    expect(takeRequest(seven ?? state, numbered(90))?.remoteSequence).toBe(90);
    expect(takeRequest(seven ?? state, numbered(6))).toBeUndefined();
  });

  test("moves the target when it has a Contact", () => {
    expect(refreshTarget(state, invite(["Contact", "<sip:new@x>"])).remoteTarget).toBe("sip:new@x");
    expect(refreshTarget(state, invite())).toBe(state);
  });
});

describe("the next hop (RFC 3263, without DNS)", () => {
  test.each([
    ["sip:b@10.0.0.2", { protocol: "UDP", host: "10.0.0.2", port: 5060 }],
    ["sip:b@10.0.0.2:5070;transport=TCP", { protocol: "TCP", host: "10.0.0.2", port: 5070 }],
    ["sip:[2001:db8::1]:5070", { protocol: "UDP", host: "2001:db8::1", port: 5070 }],
    ["sip:b@pbx.example.org", null],
  ])("%s", (uri, address) => {
    expect(hopAddress(uri)).toEqual(address);
  });
});

describe("Replaces (RFC 3891)", () => {
  test("is read as it is written", () => {
    const id = { callId: "c@x", localTag: "l", remoteTag: "r" };
    expect(parseReplaces(printReplaces(id))).toEqual({ ...id, earlyOnly: false });
    expect(parseReplaces("c;from-tag=l;early-only;to-tag=r")).toMatchObject({ earlyOnly: true });
  });

  test.each(["", "c", "c;to-tag=r", "c;to-tag;from-tag=l"])("%j is none", (text) => {
    expect(() => parseReplaces(text)).toThrow(/tags|expected/);
  });
});

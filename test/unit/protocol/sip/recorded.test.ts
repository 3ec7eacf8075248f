import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  chooseChallenge,
  parseAddress,
  parseContentType,
  parseCSeq,
  parseMessage,
  parseReason,
  parseUri,
  parseValue,
  parseVia,
  printAddress,
  printMessage,
  printReason,
  printVia,
  type SipMessage,
} from "../../../../src/protocol/sip/index.ts";
import { StreamFramer } from "../../../../src/protocol/sip/framing.ts";
import { lines } from "./lines.ts";

/** Datagrams between a FreeSWITCH 1.11 and baresip 1.0, and what FreeSWITCH sent over TCP, taken by tcpdump. */
const directory = join(import.meta.dirname, "../../../fixtures/sip");
const recorded = (sender: string): { name: string; bytes: Buffer }[] =>
  readdirSync(join(directory, sender))
    .filter((name) => name.endsWith(".sip"))
    .map((name) => ({ name: `${sender}/${name}`, bytes: readFileSync(join(directory, sender, name)) }));
const all = [...recorded("freeswitch"), ...recorded("baresip")];
const read = (name: string): SipMessage => parseMessage(readFileSync(join(directory, name)));
const header = (name: string, header: string): string => read(name).headers.get(header) ?? "";

/** The same text again, where the sender writes as we do. */
const readers: Readonly<Record<string, (value: string) => unknown>> = {
  Via: (value) => expect(printVia(parseVia(value))).toBe(value),
  From: (value) => parseAddress(printAddress(parseAddress(value))),
  To: (value) => parseAddress(printAddress(parseAddress(value))),
  Contact: (value) => expect(printAddress(parseAddress(value))).toBe(value),
  "Refer-To": (value) => parseAddress(value),
  "Remote-Party-ID": (value) => expect(printAddress(parseAddress(value))).toBe(value),
  Route: (value) => parseAddress(value),
  CSeq: (value) => parseCSeq(value),
  Reason: (value) => expect(printReason(parseReason(value))).toBe(value),
  "Content-Type": (value) => parseContentType(value),
  "Session-Expires": (value) => parseValue(value),
  Event: (value) => parseValue(value),
  "Subscription-State": (value) => parseValue(value),
  "WWW-Authenticate": (value) => expect(chooseChallenge([value])).toBeDefined(),
  "Proxy-Authenticate": (value) => expect(chooseChallenge([value])).toBeDefined(),
};

const sorted = (bytes: Uint8Array): string[] =>
  Array.from(Buffer.from(bytes).toString("utf8").split("\r\n"), (line) => line.trimEnd()).toSorted();

describe("what was recorded is read in every part, and printed as it was:", () => {
  test.each(all)("$name", ({ bytes }) => {
    const message = parseMessage(bytes);
    for (const [name, read] of Object.entries(readers)) {
      for (const value of message.headers.all(name)) read(value);
    }
    const printed = printMessage(message);
    expect(lines(parseMessage(printed))).toEqual(lines(message));
    // FreeSWITCH writes some of its headers behind Content-Length; the lines are the same ones.
    expect(sorted(printed)).toEqual(sorted(bytes));
  });

  test("and they are many", () => {
    expect(all.length).toBeGreaterThanOrEqual(38);
  });
});

test("FreeSWITCH's stream over TCP", () => {
  for (const [name, statuses] of [
    ["tcp-1.bin", [407, 100, 180]],
    ["tcp-2.bin", [401, 200]],
  ] as const) {
    const framer = new StreamFramer();
    framer.push(readFileSync(join(directory, "freeswitch", name)));
    const found: unknown[] = [];
    for (let item = framer.next(); item; item = framer.next()) {
      found.push(item.kind === "message" && item.message.kind === "response" && item.message.status);
    }
    expect(found).toEqual(statuses);
    expect(framer.unfinished).toBe(false);
  }
});

describe("what of it the agent lives by:", () => {
  test("an INVITE of FreeSWITCH", () => {
    const name = "freeswitch/invite.sip";
    const message = read(name);
    expect(message).toMatchObject({ kind: "request", method: "INVITE" });
    expect(message.headers.all("Supported")).toEqual(["100rel", "timer", "path", "replaces"]);
    expect(parseVia(header(name, "Via")).params.has("rport")).toBe(true);
    expect(parseAddress(header(name, "Contact")).uri).toMatchObject({ user: "mod_sofia", host: "127.0.0.1" });
    expect(parseValue(header(name, "x"))).toEqual({ value: "1800", params: new Map([["refresher", "uac"]]) });
    expect(Buffer.from(message.body).toString()).toMatch(/^v=0\r\n[^]*a=ptime:20\r\n$/u);
  });

  test("its reasons, by which a cause keeps its name", () => {
    expect(parseReason(header("freeswitch/bye-21.sip", "Reason"))).toEqual({
      protocol: "Q.850",
      cause: 21,
      text: "CALL_REJECTED",
    });
    expect(parseReason(header("freeswitch/cancel-487.sip", "Reason"))).toMatchObject({
      protocol: "SIP",
      cause: 487,
    });
  });

  test("its challenge", () => {
    expect(chooseChallenge([header("freeswitch/407-invite.sip", "Proxy-Authenticate")])).toMatchObject({
      realm: "live.patchcord.test",
      algorithm: "MD5",
      qop: ["auth"],
      stale: false,
    });
  });

  test("text in UTF-8, counted in bytes", () => {
    expect(Buffer.from(read("freeswitch/message.sip").body).toString()).toBe("grüß dich");
  });

  test("a REFER of baresip", () => {
    const { uriText } = parseAddress(header("baresip/refer.sip", "Refer-To"));
    expect(parseUri(uriText)).toMatchObject({ user: "1003", host: "live.patchcord.test" });
  });
});

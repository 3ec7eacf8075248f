import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import {
  Headers,
  parseMessage,
  printMessage,
  SipParseError,
  type SipMessage,
  type SipRequest,
} from "../../../../src/protocol/sip/index.ts";
import { lines } from "./lines.ts";

const head: readonly string[] = [
  "INVITE sip:1001@127.0.0.1 SIP/2.0",
  "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport",
  "From: <sip:1000@127.0.0.1>;tag=a",
  "To: <sip:1001@127.0.0.1>",
  "Call-ID: one",
  "CSeq: 7 INVITE",
  "Max-Forwards: 70",
];

const bytes = (rows: readonly string[], body = ""): Buffer =>
  Buffer.from(`${rows.join("\r\n")}\r\n\r\n${body}`);

function refusal(message: Uint8Array): SipParseError {
  try {
    parseMessage(message);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error("it was parsed");
}

const token = fc
  .string({ unit: fc.constantFrom(...Array.from("AZaz09-.!%*_+`'~")), minLength: 1, maxLength: 20 })
  .filter(
    (name) =>
      !/^(?:via|v|from|f|to|t|call-id|i|cseq|max-forwards|content-length|l|content-type|c)$/iu.test(name),
  );
/** What survives a header line: no line breaks, no NUL, nothing to trim. */
const value = fc
  .string({ unit: "grapheme", maxLength: 60 })
  // oxlint-disable-next-line no-control-regex -- what no header holds
  .map((text) => text.replaceAll(/[\0\n\r]/gu, "").trim());
const body = fc.uint8Array({ maxLength: 300 });

const message: fc.Arbitrary<SipMessage> = fc
  .tuple(
    fc.array(fc.tuple(token, value), { maxLength: 20 }),
    body,
    token,
    value,
    fc.integer({ min: 100, max: 699 }),
  )
  .map(([extra, content, method, reason, status]) => {
    const headers = Headers.of([
      ["Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"],
      ["From", "<sip:a@b>;tag=1"],
      ...extra,
      ["To", "<sip:c@d>"],
      ["Call-ID", "x@y"],
      ["CSeq", `1 ${method}`],
    ]);
    return status % 2 === 0
      ? { kind: "response", status, reason, headers, body: content }
      : { kind: "request", method, uri: "sip:x@y", headers, body: content };
  });

describe("printing and parsing", () => {
  test("give the same message", () => {
    fc.assert(
      fc.property(message, (one) => {
        expect(lines(parseMessage(printMessage(one)))).toEqual(lines(one));
      }),
    );
  });

  test("set the length in bytes, once, whatever the headers say", () => {
    const headers = Headers.of([
      ["l", "7"],
      ["Content-Length", "8"],
    ]);
    const text = Buffer.from(
      printMessage({ kind: "response", status: 200, reason: "OK", headers, body: Buffer.from("grün") }),
    ).toString("utf8");
    expect(text).toBe("SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\ngrün");
  });
});

describe("a datagram", () => {
  test("without Content-Length has the rest as its body", () => {
    expect(Buffer.from(parseMessage(bytes(head, "rest")).body).toString()).toBe("rest");
  });

  test("may have more bytes than its Content-Length, which are dropped", () => {
    const parsed = parseMessage(bytes([...head, "Content-Length: 2"], "restless"));
    expect(Buffer.from(parsed.body).toString()).toBe("re");
  });

  test("may begin with line breaks", () => {
    expect(parseMessage(Buffer.concat([Buffer.from("\r\n\r\n"), bytes(head)])).kind).toBe("request");
  });

  test("holds UTF-8, and other bytes of a head become U+FFFD", () => {
    const headers = parseMessage(
      Buffer.concat([
        Buffer.from(`${head.join("\r\n")}\r\nSubject: g`),
        Buffer.from([0xfc]),
        Buffer.from("n ü\r\n\r\n"),
      ]),
    ).headers;
    expect(headers.get("Subject")).toBe("g\uFFFDn ü");
  });
});

describe("is refused:", () => {
  const without = (name: string): string[] => head.filter((line) => !line.startsWith(name));
  const instead = (name: string, line: string): string[] =>
    head.map((one) => (one.startsWith(name) ? line : one));
  const cases: [what: string, message: Uint8Array, status: number, answered: boolean, reason: string][] = [
    ["no From", bytes(without("From")), 400, true, "no From"],
    ["no To", bytes(without("To")), 400, true, "no To"],
    ["no Call-ID", bytes(without("Call-ID")), 400, true, "no Call-ID"],
    ["no CSeq", bytes(without("CSeq")), 400, true, "no CSeq"],
    ["no Via", bytes(without("Via")), 400, false, "no Via"],
    ["a Via that cannot be read", bytes(instead("Via", "Via: x")), 400, false, "a Via without a transport"],
    [
      "an ACK, which nobody answers",
      bytes(instead("CSeq", "CSeq: x").with(0, "ACK sip:a@b SIP/2.0")),
      400,
      false,
      "a sequence number that is none",
    ],
    [
      "Max-Forwards beyond 255",
      bytes(instead("Max-", "Max-Forwards: 256")),
      400,
      true,
      "a Max-Forwards that is none",
    ],
    [
      "a CSeq of 2**31",
      bytes(instead("CSeq", "CSeq: 2147483648 INVITE")),
      400,
      true,
      "a sequence number that is none",
    ],
    [
      "a Call-ID of two words",
      bytes(instead("Call-ID", "Call-ID: a b")),
      400,
      true,
      "a Call-ID that is none",
    ],
    ["an empty Call-ID", bytes(instead("Call-ID", "Call-ID:")), 400, true, "a Call-ID that is none"],
    ["a line without a colon", bytes([...head, "nonsense"]), 400, true, "a header line without a name"],
    ["a name with a space", bytes([...head, "X Y: z"]), 400, true, "a header line without a name"],
    [
      "SIP/3.0",
      bytes(head.with(0, "INVITE sip:1001@127.0.0.1 SIP/3.0")),
      505,
      true,
      "another version of SIP",
    ],
    [
      "a port of 0",
      bytes(head.with(0, "INVITE sip:1001@127.0.0.1:0 SIP/2.0")),
      400,
      true,
      "a port that is none",
    ],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 400, false, "a request line that is none"],
    ["a bare LF", Buffer.from(`${head.join("\n")}\n\r\n\r\n`), 400, false, "a line break that is none"],
    ["a bare CR", bytes([...head, "Subject: a\rX: b"]), 400, false, "a line break that is none"],
    ["a head that does not end", Buffer.from(head.join("\r\n")), 400, false, "a head that does not end"],
    ["nothing", Buffer.alloc(0), 400, false, "a head that does not end"],
    [
      "a line of more than 8 KiB",
      bytes([...head, `X: ${"y".repeat(8192)}`]),
      513,
      false,
      "a header line that is too long",
    ],
    [
      "one folded to more than 8 KiB",
      bytes([...head, "X:", ...Array<string>(20).fill(` ${"y".repeat(500)}`)]),
      513,
      false,
      "a header line that is too long",
    ],
    ["257 headers", bytes([...head, ...Array<string>(251).fill("X: y")]), 513, false, "too many headers"],
    ["more than 64 KiB", bytes(head, "x".repeat(65_536)), 513, false, "a message that is too large"],
    [
      "a Content-Length beyond 64 KiB",
      bytes([...head, "Content-Length: 65537"]),
      513,
      true,
      "a body that is too large",
    ],
    [
      "a Content-Length of many digits",
      bytes([...head, `Content-Length: ${"9".repeat(400)}`]),
      513,
      true,
      "a body that is too large",
    ],
    [
      "a Content-Length of 0x5",
      bytes([...head, "Content-Length: 0x5"], "12345"),
      400,
      true,
      "a Content-Length that is none",
    ],
  ];
  test.each(cases)("%s", (_what, message, status, answered, reason) => {
    const error = refusal(message);
    expect([error.status, error.response?.status, error.reason]).toEqual([
      status,
      answered ? status : undefined,
      reason,
    ]);
  });

  test("with an answer of what the request had, and the same tag each time", () => {
    const broken = bytes([...head, "nonsense"]);
    const answer = refusal(broken).response;
    expect([...(answer?.headers.entries() ?? [])]).toEqual([
      ["Via", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1;rport"],
      ["From", "<sip:1000@127.0.0.1>;tag=a"],
      ["To", expect.stringMatching(/^<sip:1001@127\.0\.0\.1>;tag=[0-9a-f]{16}$/u)],
      ["Call-ID", "one"],
      ["CSeq", "7 INVITE"],
    ]);
    expect(refusal(broken).response?.headers.get("To")).toBe(answer?.headers.get("To"));
  });

  test("nothing that was received goes into the reason", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 30 }), (text) => {
        const error = refusal(bytes([...head, text.replaceAll(/[:\r\n]/gu, "_"), ":"]));
        expect(error.reason).not.toContain(text);
      }),
    );
  });
});

/** Whether that is read, printed again, or refused as it should be. */
function isHandled(input: Uint8Array): boolean {
  try {
    return printMessage(parseMessage(input)).length > 0;
  } catch (error) {
    if (!(error instanceof SipParseError)) return false;
    return error.response === undefined || printMessage(error.response).length > 0;
  }
}

describe("no input makes the parser throw anything but SipParseError:", () => {
  test("any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (input) => {
        expect(isHandled(input)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("a message with bytes changed, taken out and put in", () => {
    const whole = bytes([...head, 'Contact: "A\\"" <sip:b@c;d=%41?e=f>;q=0.5', "m: *"], "v=0\r\n");
    const edit = fc.tuple(
      fc.nat(whole.length),
      fc.nat(4),
      fc.string({
        unit: fc.constantFrom(...Array.from('\r\n\0 \t;,:<>"\\@%=?[]/SIP2.0\u00fcx')),
        maxLength: 4,
      }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let input = whole;
        for (const [at, removed, put] of edits) {
          input = Buffer.concat([input.subarray(0, at), Buffer.from(put), input.subarray(at + removed)]);
        }
        expect(isHandled(input)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

const request = (change: Partial<SipRequest>): SipRequest => ({
  kind: "request",
  method: "INVITE",
  uri: "sip:a@b",
  headers: new Headers(),
  body: new Uint8Array(),
  ...change,
});

describe("printing refuses", () => {
  test.each<[string, SipMessage]>([
    ["a method with a space", request({ method: "INVITE sip:x" })],
    ["an empty method", request({ method: "" })],
    ["a URI with a line break", request({ uri: "sip:a@b SIP/2.0\r\nX: y" })],
    ["an empty URI", request({ uri: "" })],
    [
      "a reason with a line break",
      { kind: "response", status: 200, reason: "a\nb", headers: new Headers(), body: new Uint8Array() },
    ],
    [
      "a status of 99",
      { kind: "response", status: 99, reason: "", headers: new Headers(), body: new Uint8Array() },
    ],
  ])("%s", (_what, message) => {
    expect(() => printMessage(message)).toThrow(Failure);
  });
});

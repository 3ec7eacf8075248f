import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  parseAddress,
  parseCSeq,
  parseMessage,
  parseUri,
  parseVia,
  printMessage,
  SipParseError,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "../../../../src/protocol/sip/index.ts";
import { lines } from "./lines.ts";

/** Messages with the faults and features that RFC 4475 describes; the section is behind each name. */
const directory = join(import.meta.dirname, "../../../fixtures/sip/torture");
const bytesOf = (name: string): Buffer => readFileSync(join(directory, `${name}.sip`));
const read = (name: string): SipMessage => parseMessage(bytesOf(name));

function request(name: string): SipRequest {
  const message = read(name);
  if (message.kind !== "request") throw new Error(`${name} is a response`);
  return message;
}

function response(name: string): SipResponse {
  const message = read(name);
  if (message.kind !== "response") throw new Error(`${name} is a request`);
  return message;
}

function refusal(name: string): SipParseError {
  try {
    read(name);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error(`${name} was parsed`);
}

const params = (map: ReadonlyMap<string, string | null>): Record<string, string | null> =>
  Object.fromEntries(map);

/** Each proves what makes its message worth sending. */
const accepted: Readonly<Record<string, () => void>> = {
  // 3.1.1.1
  wsinv() {
    const { method, uri, headers, body } = request("wsinv");
    expect([method, uri]).toEqual(["INVITE", "sip:vivekg@chair-dnrc.example.com;unknownparam"]);
    expect(parseAddress(headers.get("To") ?? "").params.get("tag")).toBe("1918181833n");
    expect(parseAddress(headers.get("f") ?? "")).toMatchObject({
      displayName: 'J Rosen \\"',
      uriText: "sip:jdrosen@example.com",
    });
    expect(parseCSeq(headers.get("CSeq") ?? "")).toEqual({ number: 9, method: "INVITE" });
    expect(headers.get("Max-Forwards")).toBe("0068");
    expect(headers.get("Subject")).toBe("");
    expect(headers.get("NewFangledHeader")).toBe("newfangled value continued newfangled value");
    expect(headers.get("UnknownHeaderWithUnusualValue")).toBe(";;,,;;,;");
    expect(headers.all("Via").map((via) => parseVia(via))).toMatchObject([
      { protocol: "UDP", host: "192.0.2.2" },
      { protocol: "TCP", host: "spindle.example.com" },
      { protocol: "UDP", host: "192.168.255.111" },
    ]);
    const [contact] = headers.all("Contact").map((one) => parseAddress(one));
    expect(contact?.displayName).toBe('Quoted string ""');
    expect(params(contact?.params ?? new Map())).toEqual({
      newparam: "newvalue",
      secondparam: null,
      q: "0.33",
    });
    expect(body).toHaveLength(150);
  },
  // 3.1.1.2
  intmeth() {
    const { method, uri, headers } = request("intmeth");
    expect(method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    expect(parseUri(uri)).toMatchObject({
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: "example.com",
    });
    // A NUL is legal in a quoted pair; it ends here.
    expect(parseAddress(headers.get("To") ?? "").displayName).toBe("BEL:\u0007 NUL:\uFFFD DEL:\u007F");
    const from = parseAddress(headers.get("From") ?? "");
    expect(from.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(from.params.get("fromparam''~+*_!.-%")).toBe("работающий");
    expect(headers.get("extensionHeader-!.%*+_`'~")).toContain("大停電");
  },
  // 3.1.1.3
  esc01() {
    const { uri, headers } = request("esc01");
    expect(parseUri(uri).user).toBe("sips:user@example.com");
    expect(parseAddress(headers.get("To") ?? "").uri).toMatchObject({ user: "user" });
    expect(parseAddress(headers.get("From") ?? "").uri).toMatchObject({ user: "I have spaces" });
    const contact = parseUri(parseAddress(headers.get("Contact") ?? "").uriText);
    expect(params(contact.params)).toEqual({ lr: null, name: "value%41" });
  },
  // 3.1.1.4
  escnull() {
    const contacts = request("escnull").headers.all("Contact");
    expect(contacts.map((one) => parseUri(parseAddress(one).uriText).user)).toEqual(["\0", "\0\0"]);
  },
  // 3.1.1.5: nothing outside a URI is escaped.
  esc02() {
    const { method, headers } = request("esc02");
    expect(method).toBe("RE%47IST%45R");
    expect(parseAddress(headers.get("To") ?? "").displayName).toBe("%Z%45");
    expect(headers.all("Contact")).toHaveLength(2);
    expect(headers.has("C%6Fntact")).toBe(true);
  },
  // 3.1.1.6
  lwsdisp() {
    expect(parseAddress(request("lwsdisp").headers.get("From") ?? "")).toMatchObject({
      displayName: "caller",
      uriText: "sip:caller@example.com",
    });
  },
  // 3.1.1.7
  longreq() {
    const { headers } = request("longreq");
    expect(headers.all("Via")).toHaveLength(34);
    expect(parseAddress(headers.get("To") ?? "").displayName).toMatch(/^I have a user name of extreme/u);
    expect(parseAddress(headers.get("From") ?? "").params.get("tag")).toHaveLength(425);
  },
  // 3.1.1.8: what follows the first message in a datagram is dropped.
  dblreq() {
    const { method, body } = request("dblreq");
    expect([method, body.length]).toEqual(["REGISTER", 0]);
  },
  // 3.1.1.9
  semiuri() {
    expect(parseUri(request("semiuri").uri)).toMatchObject({
      user: "user;par=u@example.net",
      host: "example.com",
    });
  },
  // 3.1.1.10
  transports() {
    const { headers } = request("transports");
    expect(headers.all("Via").map((via) => parseVia(via).protocol)).toEqual([
      "UDP",
      "SCTP",
      "TLS",
      "UNKNOWN",
      "TCP",
    ]);
  },
  // 3.1.1.11
  mpart01() {
    const { body } = request("mpart01");
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(Buffer.from(body).includes(all)).toBe(true);
  },
  // 3.1.1.12
  unreason() {
    expect(response("unreason").reason).toBe("= 2**3 * 5**2 но сто девяносто девять - простое");
  },
  // 3.1.1.13
  noreason() {
    expect(response("noreason")).toMatchObject({ status: 100, reason: "" });
  },
  // 3.1.2.12: only who wants the date need complain.
  baddate() {
    expect(request("baddate").headers.get("Date")).toContain("EST");
  },
  // 3.1.2.13: whoever reads the Contact refuses it, not the parser of every message.
  regbadct() {
    const contact = request("regbadct").headers.get("Contact") ?? "";
    expect(() => parseAddress(contact)).toThrow(SipParseError);
  },
  // 3.2.1: the cookie alone is no transaction's name; that is for transactions to know.
  badbranch() {
    expect(parseVia(request("badbranch").headers.get("Via") ?? "").params.get("branch")).toBe("z9hG4bK");
  },
  // 3.3.2 to 3.3.4: for the user agent to refuse, 416.
  unkscm() {
    expect(request("unkscm").uri).toBe("nobodyKnowsThisScheme:totallyopaquecontent");
  },
  novelsc() {
    expect(request("novelsc").uri).toBe("soap.beep://192.0.2.103:3002");
  },
  unksm2() {
    const { headers } = request("unksm2");
    expect(parseAddress(headers.get("To") ?? "").uri).toBe("isbn:2983792873");
    expect(parseAddress(headers.get("From") ?? "").uri).toBe("http://www.example.com");
  },
  // 3.3.5
  bext01() {
    expect(request("bext01").headers.all("Require")).toEqual([
      "nothingSupportsThis",
      "nothingSupportsThisEither",
    ]);
  },
  // 3.3.6
  invut() {
    expect(request("invut").headers.get("Content-Type")).toBe("application/unknownformat");
  },
  // 3.3.7
  regaut01() {
    expect(request("regaut01").headers.get("Authorization")).toContain("NoOneKnowsThisScheme");
  },
  // 3.3.10: a second Via; nobody sends to it from here.
  bcast() {
    expect(response("bcast").headers.all("Via")).toHaveLength(2);
  },
  // 3.3.11
  zeromf() {
    expect(request("zeromf").headers.get("Max-Forwards")).toBe("0");
  },
  // 3.3.12 and 3.3.13: without brackets the parameter is the Contact's.
  cparam01() {
    const contact = parseAddress(request("cparam01").headers.get("Contact") ?? "");
    expect(contact.params.has("unknownparam")).toBe(true);
    expect(contact.uri).toMatchObject({ user: "+19725552222", params: new Map() });
  },
  cparam02() {
    const contact = parseAddress(request("cparam02").headers.get("Contact") ?? "");
    expect(contact.params.has("unknownparam")).toBe(false);
    expect(contact.uri).toMatchObject({ params: new Map([["unknownparam", null]]) });
  },
  // 3.3.14
  regescrt() {
    const contact = parseAddress(request("regescrt").headers.get("Contact") ?? "");
    expect(contact.uri).toMatchObject({ headers: [["Route", "<sip:sip.example.com>"]] });
  },
  // 3.3.15
  sdp01() {
    expect(request("sdp01").headers.get("Accept")).toBe("text/nobodyKnowsThis");
  },
  // 3.4.1: no branch, no tag, no Max-Forwards, no Content-Length.
  inv2543() {
    const { body, headers } = request("inv2543");
    expect(body).toHaveLength(150);
    expect(parseVia(headers.get("Via") ?? "").params.has("branch")).toBe(false);
  },
};

/** Status, whether it can be answered, and the reason. */
const refused: Readonly<Record<string, readonly [status: number, answered: boolean, reason: string]>> = {
  badinv01: [400, false, "a parameter without a name"], // 3.1.2.1, in the very Via that shows the way back
  clerr: [400, true, "a body shorter than its Content-Length"], // 3.1.2.2
  ncl: [400, true, "a Content-Length that is none"], // 3.1.2.3
  scalar02: [400, true, "a sequence number that is none"], // 3.1.2.4
  scalarlg: [400, false, "a sequence number that is none"], // 3.1.2.5, a response
  quotbal: [400, true, "a quoted string that does not end"], // 3.1.2.6
  ltgtruri: [400, true, "a URI that is none"], // 3.1.2.7
  lwsruri: [400, true, "a URI that is none"], // 3.1.2.8
  lwsstart: [400, true, "a URI that is none"], // 3.1.2.9
  trws: [400, true, "spaces behind the version"], // 3.1.2.10
  escruri: [400, true, "a Request-URI with headers"], // 3.1.2.11
  badaspec: [400, true, "a URI that is none"], // 3.1.2.14
  baddn: [400, true, "a URI that needs brackets"], // 3.1.2.15
  badvers: [505, true, "another version of SIP"], // 3.1.2.16
  mismatch01: [400, true, "a CSeq of another method"], // 3.1.2.17
  mismatch02: [400, true, "a CSeq of another method"], // 3.1.2.18
  bigcode: [400, false, "a status line that is none"], // 3.1.2.19, a response
  insuf: [400, true, "no From"], // 3.3.1
  multi01: [400, true, "more than one From"], // 3.3.8
  mcl01: [400, true, "more than one Content-Length"], // 3.3.9
};

describe("is read:", () => {
  test.each(Object.entries(accepted))("%s", (name, prove) => {
    prove();
    const message = read(name);
    expect(lines(parseMessage(printMessage(message)))).toEqual(lines(message));
  });
});

describe("is refused:", () => {
  test.each(Object.entries(refused))("%s", (name, [status, answered, reason]) => {
    const error = refusal(name);
    expect([error.status, error.reason]).toEqual([status, reason]);
    expect(error.response?.status).toBe(answered ? status : undefined);
  });
});

test("every message of the collection is one or the other", () => {
  const names = readdirSync(directory).map((file) => file.replace(/\.sip$/u, ""));
  expect(names.toSorted()).toEqual([...Object.keys(accepted), ...Object.keys(refused)].toSorted());
  expect(names).toHaveLength(49);
});

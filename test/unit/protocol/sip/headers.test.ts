import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import { Headers } from "../../../../src/protocol/sip/index.ts";

const entries = (headers: Headers): [string, string][] => [...headers.entries()];

describe("names", () => {
  test("are found in any case and in their compact form, and printed as defined", () => {
    const headers = Headers.of([
      ["v", "SIP/2.0/UDP a"],
      ["CALL-ID", "x"],
      ["x-Number", "1"],
      ["cseq", "1 ACK"],
    ]);
    expect(headers.get("Via")).toBe("SIP/2.0/UDP a");
    expect(headers.get("i")).toBe("x");
    expect(headers.get("X-NUMBER")).toBe("1");
    expect(entries(headers).map(([name]) => name)).toEqual(["Via", "Call-ID", "x-Number", "CSeq"]);
  });

  test.each(["", "a b", "a:b", "a\r\nb", "ü"])("%j is none", (name) => {
    expect(() => new Headers().append(name, "x")).toThrow(Failure);
  });
});

describe("lists", () => {
  test("are cut at commas, but not in quotes nor in brackets", () => {
    const headers = Headers.of([
      ["Contact", '"a, \\", b" <sip:a,b@c>;q=1 , <sip:d@e>'],
      ["Supported", "timer,,100rel ,"],
      ["m", "<sip:f@g>"],
    ]);
    expect(headers.all("Contact")).toEqual(['"a, \\", b" <sip:a,b@c>;q=1', "<sip:d@e>", "<sip:f@g>"]);
    expect(headers.all("k")).toEqual(["timer", "100rel"]);
    expect(headers.get("Supported")).toBe("timer");
    expect(headers.count("Contact")).toBe(2);
  });

  test("are only the headers that are defined so", () => {
    const headers = Headers.of([
      ["Date", "Sat, 13 Nov 2010 23:29:00 GMT"],
      ["WWW-Authenticate", 'Digest realm="a", nonce="b"'],
    ]);
    expect(headers.all("Date")).toHaveLength(1);
    expect(headers.all("WWW-Authenticate")).toHaveLength(1);
  });

  test("of nothing but commas are empty", () => {
    const headers = Headers.of([["Via", ",,"]]);
    expect(headers.all("Via")).toEqual([]);
    expect(headers.get("Via")).toBeUndefined();
    expect(headers.has("Via")).toBe(true);
  });
});

describe("changing", () => {
  test("set leaves one line where the first stood", () => {
    const headers = Headers.of([
      ["X-A", "1"],
      ["To", "x"],
      ["X-B", "2"],
      ["t", "y"],
    ]).set("to", "z");
    expect(entries(headers)).toEqual([
      ["X-A", "1"],
      ["To", "z"],
      ["X-B", "2"],
    ]);
    expect(entries(new Headers().set("To", "z"))).toEqual([["To", "z"]]);
  });

  test("prepend, delete, replaceFirst", () => {
    const headers = Headers.of([["Via", "b , c"]]).prepend("Via", "a");
    expect(headers.all("Via")).toEqual(["a", "b", "c"]);
    headers.replaceFirst("Via", "A");
    expect(headers.all("Via")).toEqual(["A", "b", "c"]);
    expect(
      Headers.of([["Via", "b , c"]])
        .replaceFirst("Via", "B")
        .all("Via"),
    ).toEqual(["B", "c"]);
    expect(entries(headers.delete("v"))).toEqual([]);
    expect(entries(headers.replaceFirst("Via", "d"))).toEqual([["Via", "d"]]);
  });

  test("a copy is another one", () => {
    const headers = Headers.of([["X-A", "1"]]);
    headers.copy().append("X-B", "2").set("X-A", "3");
    expect(entries(headers)).toEqual([["X-A", "1"]]);
  });

  test("a value with CR, LF or NUL is refused by whatever writes it, and nothing changes", () => {
    const broken = fc
      .tuple(fc.string(), fc.constantFrom("\r", "\n", "\0"), fc.string())
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(broken, fc.constantFrom("append", "set", "prepend", "replaceFirst"), (value, how) => {
        const headers = Headers.of([["X-A", "1"]]);
        expect(() => headers[how]("X-A", value)).toThrow(
          expect.objectContaining({ code: "unsafe-text" }) as Failure,
        );
        expect(entries(headers)).toEqual([["X-A", "1"]]);
      }),
    );
  });
});

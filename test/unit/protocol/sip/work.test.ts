import { describe, expect, test } from "vitest";
import {
  chooseChallenge,
  parseAddress,
  parseMessage,
  parseUri,
  SipParseError,
} from "../../../../src/protocol/sip/index.ts";

/** Methods that walk over text: what is counted is how far each went, not how long it took. */
const walkers = ["indexOf", "lastIndexOf", "includes", "replaceAll", "split", "trim", "slice"] as const;

type Walker = (this: string, ...args: unknown[]) => unknown;

/** Characters looked at while `run` runs. Regular expressions are not seen: none of the parser's can backtrack. */
function work(run: () => void): number {
  const prototype = String.prototype as unknown as Record<string, Walker>;
  const originals = new Map<string, Walker>();
  let count = 0;
  const wrap = (name: string, cost: (text: string, args: unknown[], result: unknown) => number): void => {
    const original = prototype[name] as Walker;
    originals.set(name, original);
    prototype[name] = function (...args) {
      const result = original.apply(this, args);
      count += cost(this, args, result);
      return result;
    };
  };
  wrap("charCodeAt", () => 1);
  for (const name of walkers) {
    wrap(name, (text, [, from], result) => {
      // A cut is made without copying; a search ends where it finds.
      if (name === "slice") return 1;
      if (name !== "indexOf") return text.length;
      const start = typeof from === "number" ? from : 0;
      return (result === -1 ? text.length : Number(result)) - start + 1;
    });
  }
  try {
    run();
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
  } finally {
    for (const [name, original] of originals) prototype[name] = original;
  }
  return count;
}

const whole = (lines: readonly string[]): Buffer =>
  Buffer.from(
    [
      "INVITE sip:a@b SIP/2.0",
      "Via: SIP/2.0/UDP b;branch=z9hG4bK1",
      "From: <sip:a@b>;tag=1",
      "To: <sip:a@b>",
      "Call-ID: x",
      "CSeq: 1 INVITE",
      ...lines,
      "",
      "",
    ].join("\r\n"),
  );

const fill = (length: number, piece: string): string => piece.repeat(Math.ceil(length / piece.length));

/** Each is given how many characters to be hostile with. */
const hostile: Readonly<Record<string, (size: number) => () => unknown>> = {
  "many short headers": (size) => () => parseMessage(whole(Array<string>(size / 40).fill("X: y"))),
  "a line folded at every character": (size) => () => parseMessage(whole([`X:${fill(size, "\r\n a")}`])),
  "line breaks of the wrong kind": (size) => () => parseMessage(whole([fill(size, "\r")])),
  "quotes in the Via": (size) => () => parseMessage(whole([`Via: ${fill(size, '"')}`]).fill("X", 30, 31)),
  "a From of quotes": (size) => () => parseAddress(fill(size, '"')),
  "a From of escaped quotes": (size) => () => parseAddress(`"${fill(size, '\\"')}`),
  "an address of brackets": (size) => () => parseAddress(fill(size, "<")),
  "an address of words": (size) => () => parseAddress(fill(size, "a ")),
  "an address of parameters": (size) => () =>
    parseAddress(`<sip:a@b>${Array.from({ length: size / 5 }, (_, index) => `;${index}`).join("")}`),
  "a URI of parameters": (size) => () => parseUri(`sip:a@b${fill(size, ";a=b")}`),
  "a URI of escapes": (size) => () => parseUri(`sip:${fill(size, "%41%")}@b`),
  "a URI of hosts": (size) => () => parseUri(`sip:${fill(size, "a@")}b`),
  "a list of Vias, each asked for": (size) => () =>
    parseMessage(whole([`v: ${fill(size, "SIP/2.0/UDP b,")}`])).headers.all("Via"),
  "a challenge of parameters": (size) => () =>
    chooseChallenge([`Digest ${Array.from({ length: size / 5 }, (_, index) => `a${index}=b`).join(",")}`]),
  "a challenge of commas": (size) => () => chooseChallenge([`Digest a=b${fill(size, ",")}`]),
};

const quadratic = (text: string) => (): void => {
  for (let at = 0; at < text.length; at += 1) text.indexOf("b", at);
};

describe("four times the input is at most about four times the work:", () => {
  test.each(Object.entries(hostile))("%s", (_what, of) => {
    const small = of(2_000);
    const large = of(8_000);
    const [few, many] = [work(small), work(large)];
    expect(few).toBeGreaterThan(0);
    expect(many).toBeLessThan(few * 5 + 2_000);
  });

  test("which the counting would see, were it otherwise", () => {
    expect(work(quadratic(fill(8_000, "a")))).toBeGreaterThan(10 * work(quadratic(fill(2_000, "a"))));
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  authorize,
  chooseChallenge,
  openTransports,
  parseAddress,
  parseUri,
  responseTargets,
  TransportError,
  parseVia,
  type Protocol,
  type SipAddress,
  type SipRequest,
  type Transport,
} from "../../../../src/protocol/sip/index.ts";
import { Sipp, type SippOptions, type SippResult } from "../../../live/harness/sipp.ts";
import { addressOf, Listener, log, ok, options, request } from "./party.ts";

let home: string;
let transports: Readonly<Record<Protocol, Transport>> | undefined;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "patchcord-sipp-"));
});

afterEach(async () => {
  await Promise.all(Object.values(transports ?? {}).map(async (one) => one.close()));
  transports = undefined;
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const scenario = (name: string): string => join(import.meta.dirname, "scenarios", name);

async function open(listener: Listener): Promise<Readonly<Record<Protocol, Transport>>> {
  transports = await openTransports(options, listener, log);
  return transports;
}

/** Runs sipp against us, who answer 200 to whatever is no ACK. */
async function called(listener: Listener, run: Omit<SippOptions, "remotePort">): Promise<SippResult> {
  const { UDP, TCP } = await open(listener);
  listener.onMessage = ({ message, flow }) => {
    if (message.kind !== "request" || message.method === "ACK") return;
    const via = parseVia(message.headers.get("Via") ?? "");
    const [to] = responseTargets(via, flow);
    const answer = ok(message);
    if (!parseAddress(message.headers.get("To") ?? "").params.has("tag")) {
      answer.headers.set("To", `${message.headers.get("To")};tag=ours`);
    }
    if (to) void (to.protocol === "TCP" ? TCP : UDP).send(answer, to);
  };
  return Sipp.run(home, { ...run, remotePort: UDP.local.port });
}

/** sipp does not say when it listens; that nobody does yet the system tells our transport. */
async function sendOnceHeard(
  own: Transport,
  listener: Listener,
  message: SipRequest,
  to: SipAddress,
): Promise<void> {
  const answer = listener.nth(1);
  for (let lost = 1; listener.messages.length === 0;) {
    try {
      await own.send(message, to);
      await Promise.race([answer, listener.lost(lost)]);
      lost += 1;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }
}

const calls = 30;
const success = { code: 0, successful: calls, failed: 0, errors: "" };

describe.each([["UDP", {}] as const, ["TCP", { transport: "tcp" }] as const])(
  "sipp over %s",
  (protocol, over) => {
    test("calls as oddly as the grammar allows, and takes our answers", async () => {
      const listener = new Listener();
      const result = await called(listener, {
        scenario: scenario("odd-call.xml"),
        calls,
        rate: 100,
        ...over,
      });
      expect(result).toEqual(success);
      const requests = listener.messages.map(({ message }) => message as SipRequest);
      const invites = requests.filter(({ method }) => method === "INVITE");
      expect(new Set(invites.map(({ headers }) => headers.get("Call-ID"))).size).toBe(calls);
      for (const { headers, body, uri } of invites) {
        expect(parseUri(uri).user).toBe("b;x=@");
        expect(parseAddress(headers.get("From") ?? "").displayName).toBe('J "Rosen", ü');
        expect(headers.all("Contact").map((one) => parseAddress(one).displayName)).toEqual([
          "",
          "Second, one",
        ]);
        expect(headers.all("Supported")).toEqual(["timer", "100rel", "replaces"]);
        expect(headers.get("X-Empty")).toBe("");
        expect(Buffer.from(body).toString().trim()).toBe("grün");
        expect(parseVia(headers.get("Via") ?? "")).toMatchObject({ protocol, host: "127.0.0.1" });
      }
      expect(requests.filter(({ method }) => method === "ACK").length).toBeGreaterThanOrEqual(calls);
      const connections = new Set(listener.messages.map(({ flow }) => flow.remote.port));
      expect(connections.size).toBe(1);
    });

    test("is answered 400 to what cannot be read, on the flow that goes on", async () => {
      const listener = new Listener();
      const result = await called(listener, {
        scenario: scenario("broken-then-call.xml"),
        calls,
        rate: 100,
        ...over,
      });
      expect(result).toEqual(success);
      expect(listener.messages).toHaveLength(calls);
    });

    test.each([
      ["the right password, qop=auth", 's3 "cret', ', qop="auth"', 200],
      ["the right password, no qop", 's3 "cret', "", 200],
      ["a wrong password", "secret", ', qop="auth"', 403],
    ])("judges our digest: %s", async (_what, password, qop, status) => {
      const listener = new Listener();
      const own = (await open(listener))[protocol];
      const sipp = await Sipp.start(home, {
        scenario: scenario("registrar.xml"),
        remotePort: own.local.port,
        calls: 1,
        keys: { realm: "a.test", qop },
        ...over,
      });
      const to: SipAddress = { protocol, host: "127.0.0.1", port: sipp.port };
      const uri = `sip:127.0.0.1:${sipp.port}`;
      const register = (number: number): SipRequest => {
        const { headers } = request(addressOf(protocol, own), number);
        headers.set("CSeq", `${number} REGISTER`).set("Call-ID", "register").delete("Content-Type");
        return { kind: "request", method: "REGISTER", uri, headers, body: new Uint8Array() };
      };
      await sendOnceHeard(own, listener, register(1), to);
      const challenge = chooseChallenge((await listener.nth(1)).message.headers.all("WWW-Authenticate"));
      if (!challenge) throw new Error("no challenge");
      const second = register(2);
      const credentials = { username: "1000", password };
      const given = {
        challenge,
        credentials,
        method: "REGISTER",
        uri,
        body: second.body,
        cnonce: "c0ffee",
        nonceCount: 1,
      };
      second.headers.append("Authorization", authorize(given));
      await own.send(second, to);
      expect((await listener.nth(2)).message).toMatchObject({ kind: "response", status });
      expect(await sipp.finished()).toMatchObject({ code: 0, errors: "" });
    });
  },
);

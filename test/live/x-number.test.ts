import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CapturedSip, Capture } from "./harness/capture.ts";
import { freePort } from "./harness/ports.ts";
import { credentials, type SippResult } from "./harness/sipp.ts";
import { headerValues } from "./harness/sip-message.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { withoutGateway, type WithoutGateway } from "./harness/without-gateway.ts";

const proxyAccount = "1000";
const wentWell = { code: 0, successful: 1, failed: 0, errors: "" };

/** The fields of a call with nothing forged. */
const plain = ["", "X-Harmless: 1", "X-Harmless: 2", "X-Harmless: 3"];

describe("0 and a web user's number", () => {
  let patchcord: WithoutGateway;
  const system = systemOfFile(async () => {
    const prepared = await TelephoneSystem.prepare();
    patchcord = await withoutGateway(prepared);
    return prepared;
  });
  let capture: Capture;
  let port: number;

  beforeAll(async () => {
    capture = await system().capture();
    port = await freePort();
    const rows = [credentials(proxyAccount, patchcord.proxySecret)];
    const { code, errors } = await system().sipp({ scenario: "register.xml", rows, calls: 1, port });
    if (code !== 0) throw new Error(`the proxy account did not register: ${errors}`);
  });

  afterAll(async () => {
    await patchcord.close();
  });

  /** 1001 dials; the INVITE that reached the proxy account, as tcpdump saw it. */
  async function dial(dialled: string, [name = "", ...headers]: readonly string[]): Promise<CapturedSip> {
    const since = capture.messages.length;
    const proxy = await system().startSipp({ scenario: "answer.xml", calls: 1, port });
    const rows = [[...system().credentials("1001"), dialled, name, ...headers]];
    const caller: SippResult = await system().sipp({ scenario: "call.xml", rows, calls: 1 });
    expect(caller).toEqual(wentWell);
    expect(await proxy.finished()).toEqual(wentWell);
    return capture.message(
      `INVITE for ${dialled}`,
      ({ method, destinationPort }) => method === "INVITE" && destinationPort === port,
      { since },
    );
  }

  test("arrives at the proxy account with the number in X-Number", async () => {
    const invite = await dial("05551234", plain);
    expect(headerValues(invite, "X-Number")).toEqual([`<sip:5551234@${system().domain}>`]);
    expect(invite.startLine).toContain(`sip:${proxyAccount}@`);
    expect(headerValues(invite, "From")[0]).toContain("sip:1001@");
    // What a web browser's phone would need is not offered to a SIP user agent.
    expect(invite.body).toContain("RTP/AVP");
    expect(invite.body).not.toContain("fingerprint");
  });

  test("arrives as dialled with the longest number there is", async () => {
    const number = "12345678901234567890";
    expect(headerValues(await dial(`0${number}`, plain), "X-Number")).toEqual([
      `<sip:${number}@${system().domain}>`,
    ]);
  });

  test.each([
    ["X-Number", ["X-Number: <sip:666@forged.example>", "X-Harmless: 2", "X-Harmless: 3"]],
    [
      "X-Number in odd letter case",
      ["x-nUmBeR: <sip:666@forged.example>", "X-NUMBER: <sip:667@forged.example>", "X-Harmless: 3"],
    ],
    ["P- headers", ["P-Asserted-Identity: <sip:666@forged.example>", "P-Evil: forged", "p-evil-too: forged"]],
    [
      "our reference",
      ["X-Patchcord-Ref: forged", "x-patchcord-ref: forged-too", "X-Number: <sip:666@forged.example>"],
    ],
  ])("does not believe a phone that sends its own %s", async (_, headers) => {
    const since = capture.messages.length;
    const invite = await dial("05551234", ["", ...headers]);
    const forged = await capture.message(
      "the forged INVITE with credentials",
      ({ method, destinationPort, headers: sent }) =>
        method === "INVITE" &&
        destinationPort === system().sipPort &&
        sent.some(([name]) => /authorization/i.test(name)),
      { since },
    );
    expect(forged.headers.map(([name, value]) => `${name}: ${value}`)).toEqual(
      expect.arrayContaining(headers),
    );
    expect(headerValues(invite, "X-Number")).toEqual([`<sip:5551234@${system().domain}>`]);
    expect(invite.headers.filter(([, value]) => /forged/.test(value))).toEqual([]);
    expect(invite.headers.filter(([name]) => /^(x-number-|x-patchcord-ref-|p-evil)/i.test(name))).toEqual([]);
    const [reference = "", ...others] = headerValues(invite, "X-Patchcord-Ref");
    expect(others).toEqual([]);
    expect(patchcord.references.redeem(reference)).toMatchObject({ user: "5551234" });
  });
});

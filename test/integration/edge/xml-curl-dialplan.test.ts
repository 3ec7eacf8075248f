import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock, systemIds } from "../../../src/base/index.ts";
import { References, type Referred } from "../../../src/core/calls/index.ts";
import { parseDialRule } from "../../../src/core/routing/index.ts";
import { find, type Element } from "../../../src/protocol/fsxml/index.ts";
import { domain, settings, startXmlCurl, type XmlCurlServer } from "../../fakes/xml-curl.ts";

const references = new References({ ids: systemIds, clock: systemClock });

let server: XmlCurlServer;
beforeAll(async () => {
  server = await startXmlCurl({ references });
});
afterAll(() => server[Symbol.asyncDispose]());

const actionsIn = (document: Element): string[] =>
  (find(document, "section=dialplan", "context", "extension", "condition")?.children ?? []).map(
    ({ attributes: { application = "", data } }) =>
      data === undefined ? application : `${application} ${data}`,
  );

/** What the recorded call is answered had it been to `number`. */
const dial = async (number: string, name = "dialplan-dialplan_xml_locate") =>
  server.replay(name, { "Hunt-Destination-Number": number, "Caller-Destination-Number": number });

test("to an extension", async () => {
  const { document, outcome } = await dial("1003");
  expect(find(document, "section=dialplan", "context=default", "extension=extension")).toBeDefined();
  expect(actionsIn(document)).toEqual([
    "unset sip_h_X-Number",
    "unset sip_h_X-Patchcord-Ref",
    "unset nolocal:sip_h_X-Number",
    "unset nolocal:sip_h_X-Patchcord-Ref",
    "unset nolocal:effective_callee_id_name",
    "unset nolocal:effective_callee_id_number",
    "unset nolocal:media_mix_inbound_outbound_codecs",
    "export media_timeout=60000",
    "export media_hold_timeout=3600000",
    "set hangup_after_bridge=true",
    "set call_timeout=60",
    expect.stringMatching(/^export hold_music=tone_stream:/) as string,
    expect.stringMatching(/^set transfer_ringback=%/) as string,
    "export nolocal:media_mix_inbound_outbound_codecs=true",
    `bridge user/1003@${domain}`,
  ]);
  expect(outcome).toBe("found");
});

test("to a web user, who may ring for all the time that is theirs", async () => {
  const actions = actionsIn((await dial("05551234")).document);
  expect(actions.slice(-5)).toEqual([
    `export nolocal:sip_h_X-Number=<sip:5551234@${domain}>`,
    expect.stringMatching(/^export nolocal:sip_h_X-Patchcord-Ref=[A-Za-z0-9_-]{22}$/) as string,
    "export nolocal:effective_callee_id_name=05551234",
    "export nolocal:effective_callee_id_number=05551234",
    `bridge user/1000@${domain}`,
  ]);
  expect(actions).toContain(`set call_timeout=${settings.ringSeconds + 20}`);
});

test.each([
  ["9196", "echo"],
  ["9197", "playback tone_stream://%(1000,0,1004);loops=-1"],
  ["9664", /^playback tone_stream:/],
  ["3007", "conference 3007@default"],
])("to the service %s", async (number, application) => {
  const actions = actionsIn((await dial(number)).document);
  expect(actions.at(-2)).toBe("answer");
  expect(actions.at(-1)).toMatch(application);
});

test.each([
  "1000",
  "1005",
  "1999",
  "0",
  "4711",
  "80051000,user/1001",
  "1001@evil.test",
  "${system(id)}",
  "",
  "1\r\n2",
])("to %j: 404", async (number) => {
  const { document, outcome } = await dial(number);
  expect(actionsIn(document)).toEqual(["hangup UNALLOCATED_NUMBER"]);
  expect(outcome).toBe("no-route");
});

test("of a callee's leg, which has no domain variables", async () => {
  const { document } = await dial("1003", "dialplan-callee-leg");
  expect(actionsIn(document).at(-1)).toBe(`bridge user/1003@${domain}`);
});

describe("as recorded", () => {
  test.each([
    ["dialplan-dialplan_xml_locate", "default", "unknown-number"],
    ["dialplan-forged-headers", "default", "unknown-number"],
    ["dialplan-public", "public", "unknown-context"],
  ])("%s is 404", async (name, context, extension) => {
    const { document, outcome } = await server.replay(name);
    expect(find(document, "section=dialplan", `context=${context}`, `extension=${extension}`)).toBeDefined();
    expect(actionsIn(document)).toEqual(["hangup UNALLOCATED_NUMBER"]);
    expect(outcome).toBe("no-route");
  });
});

test("believes no header of the phone, in whatever case and however often", async () => {
  const actions = actionsIn((await dial("05551234", "dialplan-forged-headers")).document);
  const set = actions.findIndex((action) => action.startsWith("export nolocal:sip_h_X-Number"));
  expect(actions.slice(0, set)).toEqual(
    expect.arrayContaining([
      "unset sip_h_x-nUmBeR",
      "unset sip_h_X-Number-1",
      "unset sip_h_X-Number",
      "unset sip_h_P-Charge-Info",
      "unset sip_h_X-Patchcord-Ref",
    ]) as string[],
  );
  expect(actions.join("\n")).not.toMatch(/evil|forged|X-Other/);
});

const shown = (actions: readonly string[]): string[] =>
  actions.filter((action) => /caller_id|patchcord_ref|^hangup|bridge user/.test(action));
/** What a channel is answered; by default one of the proxy account's. */
const ask = async (fields: Readonly<Record<string, string>>, at = server): Promise<string[]> => {
  const { document } = await at.replay("dialplan-dialplan_xml_locate", {
    "Hunt-Destination-Number": "1003",
    variable_user_name: "1000",
    ...fields,
  });
  return actionsIn(document);
};
const header = "variable_sip_h_X-Patchcord-Ref";

describe("references", () => {
  const fromWebUser: Referred = {
    kind: "from-web-user",
    user: "77",
    displayName: "Ann Ünal",
    invitation: "invitation",
  };
  test("of a call to a web user names the caller's leg and what was dialled", async () => {
    const actions = actionsIn(
      (
        await server.replay("dialplan-dialplan_xml_locate", {
          "Hunt-Destination-Number": "077",
          "Unique-ID": "leg",
        })
      ).document,
    );
    const [, issued = ""] = /Patchcord-Ref=(\S+)/.exec(actions.join("\n")) ?? [];
    expect(references.redeem(issued)).toEqual({
      kind: "to-web-user",
      user: "77",
      uuid: "leg",
      number: "077",
    });
  });

  test("make of the proxy account's call that of the web user, and never travel on", async () => {
    const reference = references.issue(fromWebUser);
    const actions = await ask({ [header]: reference, "Unique-ID": "one" });
    expect(shown(actions)).toEqual([
      "set effective_caller_id_name=Ann Ünal",
      "set effective_caller_id_number=077",
      `set patchcord_ref=${reference}`,
      `bridge user/1003@${domain}`,
    ]);
    expect(actions.indexOf("unset sip_h_X-Patchcord-Ref")).toBeLessThan(actions.length - 1);
  });

  test("still tell who calls when the channel is sent on, hours later", async () => {
    const reference = references.issue(fromWebUser);
    await ask({ [header]: reference, "Unique-ID": "sent-on" });
    const later = await ask({ variable_patchcord_ref: reference, "Unique-ID": "sent-on" });
    expect(shown(later)).toContain("set effective_caller_id_number=077");
  });

  test.each([
    ["none", {}],
    ["a forged one", { [header]: "forged" }],
    ["one in another letter case", { "variable_sip_h_x-patchcord-ref": references.issue(fromWebUser) }],
    [
      "that of a call to a web user",
      { [header]: references.issue({ kind: "to-web-user", user: "77", uuid: null, number: "077" }) },
    ],
  ])("the proxy account with %s is rejected", async (_, fields) => {
    expect(await ask(fields)).toEqual(["hangup CALL_REJECTED"]);
  });

  test("prove one call each", async () => {
    const reference = references.issue(fromWebUser);
    expect(await ask({ [header]: reference, "Unique-ID": "first" })).not.toEqual(["hangup CALL_REJECTED"]);
    expect(await ask({ [header]: reference, "Unique-ID": "second" })).toEqual(["hangup CALL_REJECTED"]);
  });

  test("are nothing in the hands of a phone", async () => {
    const reference = references.issue(fromWebUser);
    const actions = await ask({ [header]: reference, variable_user_name: "1001" });
    expect(shown(actions)).toEqual([`bridge user/1003@${domain}`]);
    expect(actions.join("\n")).not.toContain(reference);
  });

  test("tell who a web user's leg is that was called and is sent on", async () => {
    const called: Referred = { kind: "to-web-user", user: "77", uuid: null, number: "077" };
    const reference = references.issue(called);
    references.redeem(reference);
    references.answered(reference, "Ann");
    const leg = { [header]: reference, variable_user_name: "", "Call-Direction": "outbound" };
    expect(shown(await ask(leg))).toEqual([
      "set effective_caller_id_name=Ann",
      "set effective_caller_id_number=077",
      `set patchcord_ref=${reference}`,
      `bridge user/1003@${domain}`,
    ]);
    const wanted = references.issue({ ...called, callerId: { name: "Desk", number: null } });
    expect(shown(await ask({ ...leg, [header]: wanted })).slice(0, 2)).toEqual([
      "set effective_caller_id_name=Desk",
      "set effective_caller_id_number=077",
    ]);
  });

  test("bring web users under their dial rule; those whom others send on are not", async () => {
    const rule = { ...settings, webDialRule: parseDialRule("1001-1002") };
    await using ruled = await startXmlCurl({ references, settings: rule });
    const reference = references.issue(fromWebUser);
    const channel = { "Unique-ID": "ruled" };
    expect(await ask({ ...channel, [header]: reference }, ruled)).toEqual(["hangup OUTGOING_CALL_BARRED"]);
    const admitted = { ...channel, [header]: reference, "Hunt-Destination-Number": "1002" };
    expect(shown(await ask(admitted, ruled))).toContain(`bridge user/1002@${domain}`);
    const sentOn = await ask({ ...channel, variable_patchcord_ref: reference }, ruled);
    expect(shown(sentOn)).toContain(`bridge user/1003@${domain}`);
  });
});

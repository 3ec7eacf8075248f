import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { find, type Element } from "../../../src/protocol/fsxml/index.ts";
import { domain, settings, startXmlCurl, type XmlCurlServer } from "../../fakes/xml-curl.ts";

let server: XmlCurlServer;
beforeAll(async () => {
  server = await startXmlCurl();
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
    "export media_timeout=60000",
    "export media_hold_timeout=3600000",
    "set hangup_after_bridge=true",
    "set call_timeout=60",
    expect.stringMatching(/^export hold_music=tone_stream:/) as string,
    expect.stringMatching(/^set transfer_ringback=%/) as string,
    `bridge user/1003@${domain}`,
  ]);
  expect(outcome).toBe("found");
});

test("to a web user, who may ring for all the time that is theirs", async () => {
  const actions = actionsIn((await dial("05551234")).document);
  expect(actions.slice(-2)).toEqual([
    `export nolocal:sip_h_X-Number=<sip:5551234@${domain}>`,
    `bridge user/1000@${domain}`,
  ]);
  expect(actions).toContain(`set call_timeout=${settings.ringSeconds + 10}`);
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

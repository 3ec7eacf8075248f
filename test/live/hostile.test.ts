import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { endCalls, expectCallsOfSwitch, liveCalls } from "./harness/calls.ts";
import type { Capture } from "./harness/capture.ts";
import { headerValues } from "./harness/sip-message.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

const harmless = ["X-Harmless: 1", "X-Harmless: 2", "X-Harmless: 3"];

describe("hostile input", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let one: Phone;
  let two: Phone;
  let capture: Capture;

  beforeAll(async () => {
    capture = await system().capture();
    [one, two] = (await system().phones("1001", "1002")) as [Phone, Phone];
  });

  afterEach(async () => {
    await endCalls(system());
  });

  test("a display name with bytes that are no UTF-8 harms nobody, the call is seen", async () => {
    const { patchcord } = system();
    const { pid } = patchcord;
    const rows = [[...system().credentials("1003"), "1001", '"J\u00F6rg \u00FF%zz" ', ...harmless]];
    const caller = await system().startSipp({ scenario: "call.xml", rows, calls: 1 });
    await one.rings();
    expect(
      capture.messages.some(({ headers }) =>
        headers.some(([, value]) => value.includes("J\u00F6rg \u00FF%zz")),
      ),
    ).toBe(true);
    const call = await until("the call is listed", async () => (await liveCalls(system()))[0]);
    expect(call.from.number).toBe("1003");
    expect(call.from.name).toContain("rg");
    await one.answer();
    expect(await caller.finished()).toMatchObject({ code: 0, successful: 1 });
    expect(await expectCallsOfSwitch(system(), "none")).toEqual([]);
    expect(patchcord.running && patchcord.pid).toBe(pid);
  });

  test.each(["80051000,user/1001", "1001,user/1001", "1001|user/1001", "%24%7Bhostname%7D"])(
    "dialled %j rings nobody",
    async (dialled) => {
      const since = capture.messages.length;
      const seen = one.events.length;
      await two.dial(dialled, system().domain);
      expect((await two.event("CALL_CLOSED")).param).toMatch(/^404 /);
      expect(one.events.slice(seen)).toEqual([]);
      const invited = capture.messages
        .slice(since)
        .filter(({ method, sourcePort }) => method === "INVITE" && sourcePort === system().sipPort);
      expect(invited).toEqual([]);
    },
  );

  const line = "x\r\napi originate user/1001@live.patchcord.test &park()";
  test.each<[string, Record<string, unknown>]>([
    ["from", { from: `1001${line}`, to: "1002" }],
    ["to", { from: "1001", to: `1002${line}` }],
    ["callerIdName", { from: "1001", to: "1002", callerIdName: line }],
    ["callerIdNumber", { from: "1001", to: "1002", callerIdNumber: line }],
    ["dtmfAfterAnswer", { from: "1001", to: "1002", dtmfAfterAnswer: line }],
    ["a variable's value", { from: "1001", to: "1002", variables: { note: line } }],
    ["a variable's name", { from: "1001", to: "1002", variables: { [line]: "1" } }],
    ["node", { from: "1001", to: "1002", node: line }],
    ["room", { from: "1001", to: { app: "conference", room: line } }],
  ])("CR LF in %s of POST /calls is refused, nobody rings", async (_, body) => {
    const seen = one.events.length;
    const { status } = await system().patchcord.rest.post("calls", body);
    expect([400, 404]).toContain(status);
    expect(await system().freeSwitch.channels()).toEqual([]);
    expect(one.events.slice(seen)).toEqual([]);
  });

  test.each<[string, string, Record<string, unknown>]>([
    ["hangup", "cause", { cause: line }],
    ["transfer", "to", { to: `1002${line}` }],
    ["transfer", "leg", { leg: line, to: "1002" }],
    ["bridge", "with", { with: line }],
    ["dtmf", "digits", { digits: `1${line}` }],
  ])("CR LF in a %s's %s is refused", async (verb, _, body) => {
    const { patchcord } = system();
    const { body: made } = await patchcord.rest.post<{ id: string }>("calls", {
      from: "1002",
      to: { app: "park" },
    });
    await two.rings();
    await two.answer();
    await expectCallsOfSwitch(system(), "parked");
    const { status } = await patchcord.rest.post(`calls/${made.id}/${verb}`, body);
    expect([400, 404]).toContain(status);
    expect(await system().freeSwitch.channels()).toHaveLength(1);
    await patchcord.rest.delete(`calls/${made.id}`);
    await two.event("CALL_CLOSED");
    await expectCallsOfSwitch(system(), "none");
  });

  test.each([
    ["displayName", { displayName: "a\r\nb" }],
    ["callerIdName", { callerIdName: "a\nb" }],
    ["callerIdNumber", { callerIdNumber: "1\r2" }],
    ["context", { context: "default\r\n" }],
    ["callGroup", { callGroup: "a\r\nb" }],
    ["tollAllow", { tollAllow: "a\r\nb" }],
    ["displayName, or an expansion", { displayName: "${system(id)}" }],
  ])("CR LF in an extension's %s is refused", async (_, body) => {
    expect((await system().patchcord.rest.patch("extensions/1003", body)).status).toBe(400);
  });

  test("a name of XML's special characters reaches the called phone", async () => {
    const name = "<&>'\" a;b, c";
    const { patchcord, domain } = system();
    expect((await patchcord.rest.patch("extensions/1002", { displayName: name })).status).toBe(200);
    const since = capture.messages.length;
    await two.dial("1001", domain);
    await one.rings();
    const invite = await capture.message(
      "INVITE to 1001",
      ({ method, destinationPort }) => method === "INVITE" && destinationPort === one.port,
      { since },
    );
    const shown = /^"([^"]*)" </.exec(headerValues(invite, "From")[0] ?? "")?.[1] ?? "";
    // mod_sofia writes the name between quotes without escaping any, so Patchcord makes them single ones.
    expect(shown).toBe(name.replaceAll('"', "'"));
    await two.hangUp();
    await one.event("CALL_CLOSED");
  });

  test("a form of 1 MiB is refused, the next one is answered", async () => {
    const { patchcord, freeSwitch, domain } = system();
    const binding = readFileSync(
      join(freeSwitch.configuration, "autoload_configs", "xml_curl.conf.xml"),
      "utf8",
    );
    const credentials = /name="gateway-credentials"\s+value="([^"]+)"/.exec(binding)?.[1] ?? "";
    const post = async (body: string): Promise<Response> =>
      fetch(`${patchcord.url}/xml_curl`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body,
      });
    expect((await post(`section=dialplan&x=${"a".repeat(2 ** 20)}`)).status).toBe(413);
    const next = await post("section=directory&tag_name=domain&key_name=name&key_value=nowhere");
    expect(next.status).toBe(200);
    expect(await next.text()).toContain("not found");
    expect(await freeSwitch.api(`user_exists id 1001 ${domain}`)).toBe("true");
  });
});

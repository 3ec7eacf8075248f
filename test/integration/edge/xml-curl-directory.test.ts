import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ha1 } from "../../../src/core/extensions/index.ts";
import { find, pairsOf, type Element } from "../../../src/protocol/fsxml/index.ts";
import {
  domain,
  isNotFound,
  password,
  settings,
  startXmlCurl,
  type XmlCurlServer,
} from "../../fakes/xml-curl.ts";

let server: XmlCurlServer;
beforeAll(async () => {
  server = await startXmlCurl();
});
afterAll(() => server[Symbol.asyncDispose]());

const groupIn = (document: Element): Element | undefined =>
  find(document, "section=directory", `domain=${domain}`, "groups", "group");
const userIn = (document: Element): Element | undefined =>
  find(document, "section=directory", `domain=${domain}`, "groups", "group", "users", "user");
const pairsIn = (document: Element, kind: "params" | "variables"): Record<string, string> =>
  pairsOf(userIn(document)?.children.find(({ name }) => name === kind));

const lookUpsOfUsers: [string, string][] = [
  ["directory-sip_auth", "1000"],
  ["directory-sip_auth-INVITE", "1001"],
  ["directory-sip_auth-MESSAGE", "1001"],
  ["directory-user_call", "1000"],
  ["directory-group_call-user", "1000"],
  ["directory-message-count", "1000"],
  ["directory-voicemail-lookup", "1000"],
  ["directory-switch_xml_locate_user", "1000"],
  ["directory-user_data_function", "1000"],
];

describe.each(lookUpsOfUsers)("%s", (name, number) => {
  test("finds the user", async () => {
    const { document, outcome } = await server.replay(name);
    expect(userIn(document)?.attributes).toEqual({ id: number });
    expect(pairsIn(document, "params")["dial-string"]).toContain(`\${sofia_contact(*/${number}@${domain})}`);
    expect(pairsIn(document, "variables")).toMatchObject({
      user_context: "default",
      accountcode: number,
      effective_caller_id_number: number,
    });
    expect(outcome).toBe("found");
  });

  test.each([
    ["a disabled extension", { user: "1005" }, "unknown-user"],
    ["an unknown one", { user: "1999" }, "unknown-user"],
    ["no number at all", { user: "nobody" }, "unknown-user"],
    ["SQL", { user: "' or 1=1 --" }, "unknown-user"],
    ["another domain", { domain: "other.test" }, "unknown-domain"],
  ])("does not find %s", async (_, changes, reason) => {
    const { document, outcome } = await server.replay(name, changes);
    expect(isNotFound(document)).toBe(true);
    expect(outcome).toBe(reason);
  });
});

describe("a user", () => {
  test("has the password as HA1 and in no other form", async () => {
    const { document } = await server.replay("directory-sip_auth-INVITE");
    expect(pairsIn(document, "params")).toEqual({
      "a1-hash": ha1("1001", domain, password),
      "dial-string": expect.any(String) as string,
    });
    expect(JSON.stringify(document)).not.toContain(password);
  });

  test("is called with WebRTC where the contact wants it, the proxy account never", async () => {
    const proxy = await server.replay("directory-user_call");
    expect(pairsIn(proxy.document, "params")["dial-string"]).toContain(
      `{^^:presence_id=1000@${domain}:sip_invite_domain=${domain}:media_webrtc=false}\${`,
    );
    const phone = await server.replay("directory-user_call", { user: "1001" });
    expect(pairsIn(phone.document, "params")["dial-string"]).toContain(
      `{^^:presence_id=1001@${domain}:sip_invite_domain=${domain}}\${`,
    );
  });

  test.each([
    ["nobody is registered", "error/user_not_registered", true],
    ["one phone", "sofia/internal/sip:1001-0x5d@192.0.2.7:5060;transport=udp;ob", true],
    ["two", "sofia/internal/sip:a@192.0.2.7:5060,sofia/internal/sip:b@192.0.2.8", true],
    ["NAT", "sofia/internal/sip:a@192.0.2.7;fs_nat=yes;fs_path=sip%3Aa%40192.0.2.7%3A5060", true],
    ["a second target", "sofia/internal/sip:a@192.0.2.7;x=1,loopback/9196/default/XML", false],
    ["variables", "sofia/internal/sip:a,[api_on_originate=system id]loopback/9196@b", false],
    ["a failover", "sofia/internal/sip:a@192.0.2.7|loopback/9196/default/XML", false],
    ["an enterprise originate", "sofia/internal/sip:a@192.0.2.7;x=:_:loopback/9196", false],
    ["an expansion", "sofia/internal/sip:a@192.0.2.7;x=${system(id)}", false],
    ["a quote", "sofia/internal/sip:a@192.0.2.7;x='", false],
    ["another endpoint", "loopback/9196/default/XML", false],
  ])("is called at its contacts only where they are SIP URIs: %s", async (_, contacts, dialled) => {
    const { document } = await server.replay("directory-user_call", { user: "1001" });
    const dialString = pairsIn(document, "params")["dial-string"] ?? "";
    const [, tested = ""] =
      /\$\{url_encode\([^|]*\|%\|%25\)\}\)\}\|(.*)\|%0\|n\)\}\)\}$/.exec(dialString) ?? [];
    // As url_encode of mod_commands writes it (SWITCH_URL_UNSAFE), and as regex reads its own delimiter.
    const encoded = contacts
      .replaceAll("%", "%25")
      .replaceAll(
        /[\r\n #&+:;<=>?@[\\\]^`{|}"]/g,
        (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    expect(new RegExp(tested.replaceAll(String.raw`\|`, "|")).test(encoded)).toBe(dialled);
  });

  test("shows what an operator set under the names that FreeSWITCH's users know", async () => {
    const { document } = await server.replay("directory-user_call", { user: "1003" });
    expect(groupIn(document)?.attributes).toEqual({ name: "sales" });
    expect(pairsIn(document, "variables")).toMatchObject({
      callgroup: "sales,support",
      toll_allow: "domestic",
    });
    const named = await server.replay("directory-user_call", { user: "1006" });
    expect(pairsIn(named.document, "variables")).toMatchObject({
      effective_caller_id_name: "<&>'' é",
      effective_caller_id_number: "+15551234",
    });
  });

  test("is found in any letter case of the domain", async () => {
    const { document } = await server.replay("directory-sip_auth", { domain: "LAB.Test" });
    expect(userIn(document)?.attributes).toEqual({ id: "1000" });
  });

  test.each([
    [0, { id: "1001" }],
    [60, { id: "1001", cacheable: "60000" }],
    // Beyond that FreeSWITCH's clock overflows.
    [86_400, { id: "1001", cacheable: "2147483" }],
  ])("may be kept by FreeSWITCH for %d s", async (directoryCacheSeconds, attributes) => {
    await using cached = await startXmlCurl({ settings: { ...settings, directoryCacheSeconds } });
    const { document } = await cached.ask({ section: "directory", domain, user: "1001", key: "id" });
    expect(userIn(document)?.attributes).toEqual(attributes);
  });

  test.each(["1000", "1001", "1500"])(
    "%s has no password for the event socket: it is not found",
    async (user) => {
      const { document, outcome } = await server.replay("directory-event_socket_auth", { user });
      expect(isNotFound(document)).toBe(true);
      expect(outcome).toBe("unsupported");
    },
  );
});

describe("a group", () => {
  test("has those of its members who can be called", async () => {
    const { document } = await server.replay("directory-group_call-group");
    const group = groupIn(document);
    expect(group?.attributes).toEqual({ name: "sales" });
    expect(group?.children).toEqual([
      {
        name: "users",
        attributes: {},
        children: [
          { name: "user", attributes: { id: "1003" }, children: [] },
          { name: "user", attributes: { id: "1004" }, children: [] },
        ],
      },
    ]);
  });

  test.each([
    { group: "none" },
    { group: "sale" },
    { group: "%" },
    { group: "sales,support" },
    { domain: "other.test" },
  ])("%j is not found", async (changes) => {
    const { document } = await server.replay("directory-group_call-group", { group_name: "", ...changes });
    expect(isNotFound(document)).toBe(true);
  });
});

describe("the domain", () => {
  test.each([
    "directory-switch_xml_locate_domain",
    "directory-network-list",
    "directory-xml_locate_function",
    "directory-gateways",
  ])("%s: it is there, without users", async (name) => {
    const { document, outcome } = await server.replay(name);
    expect(find(document, "section=directory", `domain=${domain}`)?.children).toEqual([]);
    expect(outcome).toBe("found");
  });

  test.each(["directory-switch_xml_locate_domain", "directory-network-list"])(
    "%s: another one is not",
    async (name) => {
      const { document, outcome } = await server.replay(name, {
        domain: "other.test",
        key_value: "other.test",
      });
      expect(isNotFound(document)).toBe(true);
      expect(outcome).toBe("unknown-domain");
    },
  );
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { find, pairsOf, type Element } from "../../../src/protocol/fsxml/index.ts";
import {
  domain,
  isNotFound,
  recordedForms,
  settings,
  startXmlCurl,
  type XmlCurlServer,
} from "../../fakes/xml-curl.ts";

let server: XmlCurlServer;
beforeAll(async () => {
  server = await startXmlCurl();
});
afterAll(() => server[Symbol.asyncDispose]());

/** The `<configuration>` that a recorded look-up is answered with. */
async function configuration(name: string): Promise<Element> {
  const file = new URLSearchParams(recordedForms.get(name)).get("key_value");
  const { document, outcome } = await server.replay(name);
  const found = find(document, "section=configuration", `configuration=${file}`);
  if (!found || outcome !== "found") throw new Error(`${name} is not answered: ${outcome}`);
  return found;
}

test.each([
  "configuration-sofia.conf",
  "configuration-sofia.conf-profile",
  "configuration-sofia.conf-reconfig",
])("%s: one profile, for phones and browsers", async (name) => {
  const sofia = await configuration(name);
  const profiles = find(sofia, "profiles")?.children ?? [];
  expect(profiles.map(({ attributes }) => attributes)).toEqual([{ name: "internal" }]);
  expect(pairsOf(find(sofia, "profiles", "profile=internal", "settings"))).toMatchObject({
    "sip-ip": "127.0.0.1",
    "sip-port": "5060",
    "ws-binding": "127.0.0.1:5066",
    "wss-binding": "127.0.0.1:7443",
    "challenge-realm": domain,
    "force-register-domain": domain,
    "force-register-db-domain": domain,
    "force-subscription-domain": domain,
    "auth-calls": "true",
    "accept-blind-reg": "false",
    "inbound-reg-force-matching-username": "true",
    "enable-100rel": "true",
    "tcp-unreg-on-socket-close": "true",
    "apply-candidate-acl": "candidates",
    context: "default",
    // From the configuration: one added, one replaced.
    "user-agent-string": "YunEasy",
    "nonce-ttl": "77",
  });
});

test("the candidate list that the profile names is served", async () => {
  const list = find(await configuration("configuration-acl.conf"), "network-lists", "list=candidates");
  expect(list?.attributes["default"]).toBe("allow");
  expect(list?.children.map(({ attributes: { type, cidr } }) => `${type} ${cidr}`)).toContain("deny ::/0");
});

test.each([
  "configuration-conference.conf",
  "configuration-conference.conf-join",
  "configuration-conference.conf-controls",
])("%s", async (name) => {
  const conference = await configuration(name);
  expect(find(conference, "profiles", "profile=default")).toBeDefined();
  const controls = find(conference, "caller-controls", "group=default")?.children ?? [];
  expect(controls.map(({ attributes }) => attributes)).toContainEqual({ action: "mute", digits: "0" });
});

test("limits and ports", async () => {
  const { children } = await configuration("configuration-post_load_switch.conf");
  expect(pairsOf(children[0])).toMatchObject({ "rtp-start-port": "16384", "rtp-end-port": "32768" });
  expect(await configuration("configuration-post_load_modules.conf")).toBeDefined();
});

test.each(["configuration-db.conf", "configuration-opus.conf"])(
  "%s has no settings of ours",
  async (name) => {
    const { children } = await configuration(name);
    expect(children.map((one) => [one.name, one.children.length])).toEqual([["settings", 0]]);
  },
);

test("a switch can be asked whose configuration it has", async () => {
  const { document } = await server.ask({ section: "configuration", key_value: "patchcord.conf" });
  const params = pairsOf(find(document, "section=configuration", "configuration=patchcord.conf", "settings"));
  expect(params).toEqual({ instance: settings.instance });
});

const served = /^configuration-(?:acl|sofia|conference|db|opus|post_load_)/;
const others = [...recordedForms.keys()].filter(
  (name) => name.startsWith("configuration-") && !served.test(name),
);

describe("what is FreeSWITCH's own", () => {
  test("was recorded", () => {
    expect(others).toContain("configuration-event_socket.conf");
    expect(others.length).toBeGreaterThan(10);
  });

  test.each([...others, "languages-switch_ivr_phrase_macro_event", "phrases-switch_ivr_phrase_macro_event"])(
    "%s is not found",
    async (name) => {
      const { document, outcome } = await server.replay(name);
      expect(isNotFound(document)).toBe(true);
      expect(outcome).toBe("unsupported");
    },
  );
});

test("a SIP message is left to FreeSWITCH to deliver", async () => {
  const { document } = await server.replay("chatplan-sofia_presence_handle_sip_i_message");
  expect(find(document, "section=chatplan", "context=global")?.children).toEqual([]);
});

test.each([...recordedForms.keys()])(
  "%s is answered with a document that says what it is about",
  async (name) => {
    const { document, outcome } = await server.replay(name);
    const section = new URLSearchParams(recordedForms.get(name)).get("section");
    expect(document.attributes).toEqual({ type: "freeswitch/xml" });
    expect(document.children.map(({ attributes }) => attributes["name"])).toEqual([
      isNotFound(document) ? "result" : section,
    ]);
    expect(["found", "no-route", "unsupported", "unknown-user"]).toContain(outcome);
  },
);

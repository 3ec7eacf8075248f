import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, loadConfig, type Config } from "../../../src/config/index.ts";
import { keyByName, laterKeys, variableOf } from "../../../src/config/keys.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "patchcord-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (env: Record<string, string> = {}): Config => loadConfig({ env, cwd });
const write = (text: string, file = "patchcord.yaml"): void => writeFileSync(join(cwd, file), text);

/** The one line that stops a start. */
function refusal(env: Record<string, string> = {}): string {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("the defaults", () => {
  test("are those of the documented interface", () => {
    const { adminToken, proxySecret, eventSocketPassword, xmlCurl, ...config } = load();
    expect(config).toEqual({
      http: { host: "127.0.0.1", port: 8080 },
      data: join(cwd, "data"),
      database: { kind: "sqlite", path: join(cwd, "data", "patchcord.db") },
      dataIsNew: true,
      adminTokenIsNew: true,
      switches: [],
      domain: "patchcord.local",
      xmlCurlAcl: ["127.0.0.0/8", "::1/128"],
      apiAcl: [],
      directoryCacheSeconds: 60,
      switchSip: { host: "127.0.0.1", port: 5060 },
      switchWs: { host: "127.0.0.1", port: 5066 },
      switchWss: { host: "127.0.0.1", port: 7443 },
      switchRtpPorts: { from: 16_384, to: 32_768 },
      sofiaInternal: {},
      sip: { host: "127.0.0.1", port: 5090 },
      proxyAccount: "1000",
      ringSeconds: 30,
      mediaTimeoutSeconds: 15,
      webDialRule: "",
      publicIp: null,
      rtpPorts: { from: 40_000, to: 49_999 },
      iceServers: [],
      log: { level: "info" },
    });
    expect(xmlCurl.user).toBe("fs");
    const secrets = [adminToken, proxySecret, eventSocketPassword, xmlCurl.password];
    expect(new Set(secrets).size).toBe(4);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test("give way to the file, and the file to the environment", () => {
    write("http: 127.0.0.1:1111\nringSeconds: 11\n");
    const config = load({ PATCHCORD_HTTP: "127.0.0.1:2222" });
    expect(config.http.port).toBe(2222);
    expect(config.ringSeconds).toBe(11);
    expect(config.domain).toBe("patchcord.local");
  });

  test("stand where a value is empty", () => {
    write("ringSeconds:\nsofia:\n");
    expect(load({ PATCHCORD_HTTP: "", PATCHCORD_ADMIN_TOKEN_FILE: "" })).toMatchObject({
      http: { port: 8080 },
      ringSeconds: 30,
    });
  });
});

describe("a value is read:", () => {
  const read: [variable: string, text: string, wanted: Partial<Config>][] = [
    ["PATCHCORD_HTTP", "0.0.0.0:80", { http: { host: "0.0.0.0", port: 80 } }],
    ["PATCHCORD_HTTP", ":9000", { http: { host: "127.0.0.1", port: 9000 } }],
    ["PATCHCORD_HTTP", "[::1]:0", { http: { host: "::1", port: 0 } }],
    ["PATCHCORD_HTTP", "localhost:80", { http: { host: "localhost", port: 80 } }],
    ["PATCHCORD_DOMAIN", "SIP.Example.ORG", { domain: "sip.example.org" }],
    ["PATCHCORD_DOMAIN", "192.0.2.1", { domain: "192.0.2.1" }],
    ["PATCHCORD_XML_CURL", "me:pass-word_1.~", { xmlCurl: { user: "me", password: "pass-word_1.~" } }],
    ["PATCHCORD_XML_CURL_ACL", "10.0.0.0/8, ::1", { xmlCurlAcl: ["10.0.0.0/8", "::1"] }],
    ["PATCHCORD_API_ACL", "192.0.2.7", { apiAcl: ["192.0.2.7"] }],
    ["PATCHCORD_SWITCH_RTP_PORTS", "20000-20009", { switchRtpPorts: { from: 20_000, to: 20_009 } }],
    ["PATCHCORD_SWITCH_WS", "192.0.2.9:80", { switchWs: { host: "192.0.2.9", port: 80 } }],
    ["PATCHCORD_PROXY_ACCOUNT", "9000", { proxyAccount: "9000" }],
    ["PATCHCORD_RING_SECONDS", "600", { ringSeconds: 600 }],
    ["PATCHCORD_DIRECTORY_CACHE_SECONDS", "0", { directoryCacheSeconds: 0 }],
    ["PATCHCORD_MEDIA_TIMEOUT_SECONDS", "2", { mediaTimeoutSeconds: 2 }],
    ["PATCHCORD_WEB_DIAL_RULE", "1005; 10[06-19];1100-1199", { webDialRule: "1005;10[06-19];1100-1199" }],
    ["PATCHCORD_PUBLIC_IP", "192.0.2.10", { publicIp: "192.0.2.10" }],
    ["PATCHCORD_RTP_PORTS", "50000-50099", { rtpPorts: { from: 50_000, to: 50_099 } }],
    ["PATCHCORD_ICE_SERVERS", "[]", { iceServers: [] }],
    [
      "PATCHCORD_ICE_SERVERS",
      '[{"urls":"stun:[2001:db8::1]"},{"urls":["turn:t.example:3478"],"username":"u","credential":"c"}]',
      {
        iceServers: [
          { urls: ["stun:[2001:db8::1]"] },
          { urls: ["turn:t.example:3478"], username: "u", credential: "c" },
        ],
      },
    ],
    ["PATCHCORD_LOG", "silent", { log: { level: "silent" } }],
    ["PATCHCORD_DATABASE", "sqlite::memory:", { database: { kind: "sqlite", path: ":memory:" } }],
    ["PATCHCORD_DATABASE", "sqlite:/x/y.db", { database: { kind: "sqlite", path: "/x/y.db" } }],
    ["PATCHCORD_ADMIN_TOKEN", "0123456789abcdef", { adminToken: "0123456789abcdef", adminTokenIsNew: false }],
    [
      "PATCHCORD_SWITCHES",
      "esl://:p%40ss%2C@10.0.0.1:8022, esl://:ClueCon@fs.example/,esl://:x@[2001:db8::1]:1",
      {
        switches: [
          { host: "10.0.0.1", port: 8022, password: "p@ss," },
          { host: "fs.example", port: 8021, password: "ClueCon" },
          { host: "2001:db8::1", port: 1, password: "x" },
        ],
      },
    ],
  ];
  test.each(read)("%s=%s", (variable, text, wanted) => {
    expect(load({ [variable]: text })).toMatchObject(wanted);
  });

  test("paths start at the working directory", () => {
    const config = load({
      PATCHCORD_DATA: "d",
      PATCHCORD_DATABASE: "sqlite:x.db",
      PATCHCORD_LOG_FILE: "a.log",
    });
    expect(config).toMatchObject({
      data: join(cwd, "d"),
      database: { path: join(cwd, "x.db") },
      log: { file: join(cwd, "a.log") },
    });
  });

  test("WebSocket bindings without a host are the profile's", () => {
    const config = load({ PATCHCORD_SWITCH_SIP: "192.0.2.10:5060", PATCHCORD_SWITCH_WSS: ":443" });
    expect(config.switchWs).toEqual({ host: "192.0.2.10", port: 5066 });
    expect(config.switchWss).toEqual({ host: "192.0.2.10", port: 443 });
  });

  test("YAML's numbers, booleans and nulls are the text that was written", () => {
    write(
      "proxyAccount: 1001\nringSeconds: 7\nsofia: {internal: {enable-100rel: true, x: 0x10, y: 007, z: ~}}",
    );
    expect(load()).toMatchObject({
      proxyAccount: "1001",
      ringSeconds: 7,
      sofiaInternal: { "enable-100rel": "true", x: "0x10", y: "007", z: "~" },
    });
  });

  test("YAML's lists", () => {
    write("apiAcl:\n  - 10.0.0.0/8\n  - ::1\nswitches: ['esl://:a@h:1', 'esl://:b@h:2']");
    const config = load();
    expect(config.apiAcl).toEqual(["10.0.0.0/8", "::1"]);
    expect(config.switches.map(({ password }) => password)).toEqual(["a", "b"]);
  });

  test("our media ports may be the switch's where the addresses differ", () => {
    const config = load({ PATCHCORD_RTP_PORTS: "16384-32768", PATCHCORD_SWITCH_SIP: "192.0.2.1:5060" });
    expect(config.rtpPorts).toEqual(config.switchRtpPorts);
  });

  test("secrets from files, one newline at their end left out", () => {
    write("0123456789abcdef\n", "token");
    write("esl://:secret@127.0.0.1:8021\r\n", "switches");
    write("switchesFile: switches");
    const config = load({ PATCHCORD_ADMIN_TOKEN_FILE: join(cwd, "token") });
    expect(config.adminToken).toBe("0123456789abcdef");
    expect(config.switches[0]?.password).toBe("secret");
  });

  test("another file, named by PATCHCORD_CONFIG", () => {
    write("ringSeconds: 1");
    write("ringSeconds: 2", "other.yaml");
    expect(load({ PATCHCORD_CONFIG: "other.yaml" }).ringSeconds).toBe(2);
  });

  test("a file in place of the environment's", () => {
    write("0123456789abcdef", "token");
    write("adminToken: fedcba9876543210");
    expect(load({ PATCHCORD_ADMIN_TOKEN_FILE: "token" }).adminToken).toBe("0123456789abcdef");
  });
});

describe("one line names what is wrong with", () => {
  const wrong: [env: Record<string, string>, words: string[]][] = [
    [{ PATCHCORD_HTTP: "8080" }, ["PATCHCORD_HTTP (http)", '"8080"', "HOST:PORT"]],
    [{ PATCHCORD_HTTP: "127.0.0.1:65536" }, ["PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP: "::1:8080" }, ["PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP: "[127.0.0.1]:8080" }, ["PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP: "a b:80" }, ["PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP: "1.2.3:80" }, ["PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP: "x\n\u001B[31m:1" }, [String.raw`x\n\u001b[31m`]],
    [{ PATCHCORD_SWITCH_SIP: "0.0.0.0:5060" }, ["PATCHCORD_SWITCH_SIP", "not 0.0.0.0"]],
    [{ PATCHCORD_SWITCH_SIP: "localhost:5060" }, ["PATCHCORD_SWITCH_SIP"]],
    [{ PATCHCORD_SWITCH_SIP: "127.0.0.1:0" }, ["PATCHCORD_SWITCH_SIP"]],
    [{ PATCHCORD_SIP: "127.0.0.1:5060" }, ["PATCHCORD_SIP", "127.0.0.1:5060", "PATCHCORD_SWITCH_SIP"]],
    [{ PATCHCORD_DOMAIN: "1000" }, ["PATCHCORD_DOMAIN (domain)", '"1000"', "host name"]],
    [{ PATCHCORD_DOMAIN: "a..b" }, ["PATCHCORD_DOMAIN"]],
    [{ PATCHCORD_DOMAIN: "a_b.example" }, ["PATCHCORD_DOMAIN"]],
    [{ PATCHCORD_DOMAIN: "x\r\n" }, ["PATCHCORD_DOMAIN"]],
    [{ PATCHCORD_PROXY_ACCOUNT: "01000" }, ["PATCHCORD_PROXY_ACCOUNT", "first one not 0"]],
    [{ PATCHCORD_RING_SECONDS: "0" }, ["PATCHCORD_RING_SECONDS", "from 1 to 600"]],
    [{ PATCHCORD_RING_SECONDS: "1e2" }, ["PATCHCORD_RING_SECONDS"]],
    [{ PATCHCORD_SWITCH_RTP_PORTS: "32768-16384" }, ["PATCHCORD_SWITCH_RTP_PORTS"]],
    [{ PATCHCORD_SWITCH_RTP_PORTS: "80-1000" }, ["PATCHCORD_SWITCH_RTP_PORTS"]],
    [{ PATCHCORD_RTP_PORTS: "32000-33000" }, ["PATCHCORD_RTP_PORTS", "32000-33000", "16384-32768"]],
    [
      {
        PATCHCORD_RTP_PORTS: "16384-16399",
        PATCHCORD_SWITCH_SIP: "192.0.2.1:5060",
        PATCHCORD_PUBLIC_IP: "192.0.2.1",
      },
      ["PATCHCORD_RTP_PORTS", "192.0.2.1"],
    ],
    [{ PATCHCORD_PUBLIC_IP: "phone.example" }, ["PATCHCORD_PUBLIC_IP", "IPv4"]],
    [{ PATCHCORD_PUBLIC_IP: "0.0.0.0" }, ["PATCHCORD_PUBLIC_IP"]],
    [{ PATCHCORD_MEDIA_TIMEOUT_SECONDS: "1" }, ["PATCHCORD_MEDIA_TIMEOUT_SECONDS", "from 2 to 3600"]],
    [{ PATCHCORD_WEB_DIAL_RULE: "1005;;1006" }, ["PATCHCORD_WEB_DIAL_RULE", "1005;10[06-19]"]],
    [{ PATCHCORD_WEB_DIAL_RULE: "10[06-]" }, ["PATCHCORD_WEB_DIAL_RULE"]],
    [{ PATCHCORD_WEB_DIAL_RULE: "-1005" }, ["PATCHCORD_WEB_DIAL_RULE"]],
    [{ PATCHCORD_XML_CURL_ACL: "10.0.0.0/33" }, ["PATCHCORD_XML_CURL_ACL", "CIDR"]],
    [{ PATCHCORD_XML_CURL_ACL: "any" }, ["PATCHCORD_XML_CURL_ACL"]],
    [{ PATCHCORD_LOG: "verbose" }, ["PATCHCORD_LOG", "verbose", "trace, debug"]],
    [{ PATCHCORD_DATABASE: "mysql://x" }, ["PATCHCORD_DATABASE", "sqlite:PATH"]],
    [{ PATCHCORD_DATABASE: "postgres://x/y" }, ["PATCHCORD_DATABASE", "does not have PostgreSQL yet"]],
    [{ PATCHCORD_SWITCHES: "practice" }, ["PATCHCORD_SWITCHES", "does not have the practice switch yet"]],
    [{ PATCHCORD_BUS: "redis://x" }, ["PATCHCORD_BUS", "does not have"]],
    [{ PATCHCORD_HTP: ":80" }, ['unknown variable "PATCHCORD_HTP"', "PATCHCORD_HTTP"]],
    [{ PATCHCORD_HTTP_FILE: "x" }, ["PATCHCORD_HTTP_FILE"]],
    [{ "PATCHCORD_X\nY": "x" }, [String.raw`PATCHCORD_X\nY`]],
    [{ PATCHCORD_CONFIG: "gone.yaml" }, ["PATCHCORD_CONFIG", "gone.yaml", "ENOENT"]],
    [{ PATCHCORD_CONFIG: "." }, ["PATCHCORD_CONFIG", "EISDIR"]],
    [{ PATCHCORD_ADMIN_TOKEN_FILE: "gone" }, ["PATCHCORD_ADMIN_TOKEN_FILE", "gone", "ENOENT"]],
    [
      { PATCHCORD_ADMIN_TOKEN_FILE: "x", PATCHCORD_ADMIN_TOKEN: "y" },
      ["PATCHCORD_ADMIN_TOKEN_FILE", "keep one"],
    ],
    [{ PATCHCORD_DATA: "a\u0000b" }, ["PATCHCORD_DATA (data)"]],
    [{ PATCHCORD_DATA: "/dev/null/x" }, ["PATCHCORD_DATA", "/dev/null/x", "/dev/null is not a directory"]],
    [{ PATCHCORD_DATA: "/dev/null" }, ["PATCHCORD_DATA", "/dev/null"]],
  ];
  test.each(wrong)("%j", (env, words) => {
    const line = refusal(env);
    // oxlint-disable-next-line no-control-regex -- a message of several lines, or one that steers the terminal
    expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    for (const word of words) expect(line).toContain(word);
  });

  const wrongFiles: [text: string, words: string[]][] = [
    ["htpp: 1", ['unknown key "htpp"', "patchcord.yaml", "http, data"]],
    ["http: nowhere", ["http in patchcord.yaml", '"nowhere"', "HOST:PORT"]],
    ["http: [a, b]", ["http in patchcord.yaml", "a list", "HOST:PORT"]],
    ["apiAcl: []", ["apiAcl in patchcord.yaml", "an empty list", "CIDR"]],
    ["apiAcl: [[10.0.0.0/8]]", ["apiAcl in patchcord.yaml"]],
    ["http: {host: x}", ["http in patchcord.yaml", "a mapping"]],
    ["pstnPrefix: 9", ["pstnPrefix in patchcord.yaml", "does not have"]],
    ["webDialRule: 1005;x", ["webDialRule in patchcord.yaml", "10[06-19]"]],
    [
      "iceServers: stun:stun.example.org",
      ["iceServers in patchcord.yaml", "not shown", "a list of mappings"],
    ],
    ["iceServersFile: [x]", ["iceServersFile in patchcord.yaml", "a path"]],
    ["domain: 1000", ["domain in patchcord.yaml", '"1000"']],
    ["adminToken: short", ["adminToken in patchcord.yaml", "not shown"]],
    ["adminTokenFile: [x]", ["adminTokenFile in patchcord.yaml", "a path"]],
    ["httpFile: x", ['unknown key "httpFile"']],
    ["sofia: 1", ["sofia in patchcord.yaml", "sofia: {internal"]],
    ["sofia: {external: {}}", ["sofia.external", "sofia: {internal"]],
    ["sofia: {internal: {a: [1]}}", ["sofia.internal.a"]],
    ["sofia: {internal: {'a b': 1}}", ["sofia.internal.a b"]],
    ['sofia: {internal: {a: "x\\ny"}}', ["sofia.internal.a"]],
    ["- http", ["patchcord.yaml", "keys and values"]],
    ["http", ["patchcord.yaml", "keys and values"]],
    ["http: :80\nhttp: :81", ["patchcord.yaml", "unique"]],
    ["http: {", ["patchcord.yaml", "not valid YAML"]],
    ["http: *x", ["patchcord.yaml", "not valid YAML"]],
    ["http: !env X", ["patchcord.yaml", "not valid YAML", "!env"]],
    ["a: 1\n---\nb: 2", ["patchcord.yaml", "not valid YAML"]],
    ["? {a: 1}\n: 2", ["unknown key", "patchcord.yaml"]],
    ["__proto__: {http: x}", ['unknown key "__proto__"']],
    ["x".repeat(1_048_577), ["patchcord.yaml", "larger"]],
  ];
  test.each(wrongFiles.map(([text, words]) => [text.slice(0, 60), text, words] as const))(
    "%j",
    (_name, text, words) => {
      write(text);
      const line = refusal();
      expect(line).not.toContain("\n");
      for (const word of words) expect(line).toContain(word);
    },
  );

  const secret = "do-not-show-me";
  test.each([
    { PATCHCORD_ADMIN_TOKEN: `${secret}\u0007` },
    { PATCHCORD_ADMIN_TOKEN: `${secret}=${secret}` },
    { PATCHCORD_ADMIN_TOKEN: "=".repeat(16) },
    { PATCHCORD_ADMIN_TOKEN: `${secret}${"=".repeat(512)}` },
    { PATCHCORD_XML_CURL: `fs:${secret}&` },
    { PATCHCORD_XML_CURL: secret },
    { PATCHCORD_SWITCHES: `esl://:${secret}@h:0` },
    { PATCHCORD_SWITCHES: `esl://user:${secret}@h:1` },
    { PATCHCORD_SWITCHES: `esl://:${secret}%0a@h:1` },
    { PATCHCORD_SWITCHES: `esl://:${secret}%@h:1` },
    { PATCHCORD_SWITCHES: `esl://:${secret}@h:1,esl://:other@H:1` },
    { PATCHCORD_SWITCHES: `esl://:${secret}@h:1,` },
    { PATCHCORD_DATABASE: `postgres://me:${secret}@h/db` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["turn:t"],"secret":"${secret}"` },
    { PATCHCORD_ICE_SERVERS: `{"urls":["turn:t"],"secret":"${secret}"}` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["stun:t"],"secret":"${secret}"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["turn:t"],"secret":"${secret}","username":"u","credential":"c"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["turn:t"],"username":"${secret}"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["turn:t","stun:t"],"secret":"${secret}"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["http://t"],"secret":"${secret}"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":[],"secret":"${secret}"}]` },
    { PATCHCORD_ICE_SERVERS: `[{"urls":["turn:t"],"secret":"${secret}","realm":"x"}]` },
  ])("%j without showing the secret", (env) => {
    expect(refusal(env)).not.toContain(secret);
  });
});

describe("patchcord.example.yaml", () => {
  const example = readFileSync(join(import.meta.dirname, "..", "..", "..", "patchcord.example.yaml"), "utf8");
  const uncommented = example.replaceAll(/^# ?((?:[a-z][A-Za-z]+:|  +[-a-z]).*)$/gm, "$1");

  test("as it stands changes nothing", () => {
    const before = load();
    write(example);
    expect(load()).toEqual({ ...before, adminTokenIsNew: false, dataIsNew: false });
  });

  test("documents every key, and with the defaults", () => {
    for (const name of [...keyByName.keys(), "sofia"])
      expect(uncommented).toMatch(new RegExp(`^${name}:`, "m"));
    const before = load();
    write(uncommented);
    expect(load()).toEqual({
      ...before,
      dataIsNew: false,
      adminToken: "CHANGE-ME-to-a-long-secret",
      adminTokenIsNew: false,
      switches: [{ host: "127.0.0.1", port: 8021, password: "PASSWORD" }],
      xmlCurl: { user: "fs", password: "CHANGE-ME" },
      apiAcl: ["0.0.0.0/0", "::/0"],
      sofiaInternal: { "user-agent-string": "FreeSWITCH" },
      publicIp: "192.0.2.10",
      iceServers: [
        { urls: ["stun:stun.example.org:3478"] },
        {
          urls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349?transport=tcp"],
          secret: "CHANGE-ME",
        },
      ],
      log: { level: "info", file: join(cwd, "patchcord.log") },
    });
  });
});

test("every key goes by its own name, and none is both in effect and for later", () => {
  expect([...keyByName.keys()].filter((name) => laterKeys.includes(name))).toEqual([]);
  expect(variableOf("xmlCurlAcl")).toBe("PATCHCORD_XML_CURL_ACL");
  const variables = [...keyByName.keys(), ...laterKeys].map(variableOf);
  expect(new Set(variables).size).toBe(variables.length);
});

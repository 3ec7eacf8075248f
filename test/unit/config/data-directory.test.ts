import {
  chmodSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ConfigError,
  findServer,
  loadConfig,
  readKnownSwitches,
  redact,
  rememberSwitch,
} from "../../../src/config/index.ts";
import { run } from "../../integration/processes/run.ts";

let cwd: string;
let data: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "patchcord-data-"));
  data = join(cwd, "data");
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (path: string) => loadConfig({ env: { PATCHCORD_DATA: path }, cwd });

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const files = ["admin-token", "event-socket-password", "proxy-secret", "xml-curl-password"];

/** The directory that a start would take, or why it takes none. */
const outcome = (path: string): string => {
  try {
    return load(path).data;
  } catch (error) {
    return String(error);
  }
};

describe("the generated secrets", () => {
  test("are files for their owner only, and the same at the next start", () => {
    const first = loadConfig({ env: {}, cwd });
    expect(readdirSync(data).toSorted()).toEqual(files);
    expect(modeOf(data)).toBe(0o700);
    for (const file of files) expect(modeOf(join(data, file))).toBe(0o600);
    expect(readFileSync(join(data, "admin-token"), "utf8")).toBe(`${first.adminToken}\n`);
    expect(readFileSync(join(data, "proxy-secret"), "utf8")).toBe(`${first.proxySecret}\n`);
    expect(loadConfig({ env: {}, cwd })).toEqual({ ...first, adminTokenIsNew: false, dataIsNew: false });
  });

  test("that are given are not generated", () => {
    loadConfig({
      env: { PATCHCORD_ADMIN_TOKEN: "0123456789abcdef", PATCHCORD_XML_CURL: "me:12345678" },
      cwd,
    });
    expect(readdirSync(data).toSorted()).toEqual(["event-socket-password", "proxy-secret"]);
  });

  test("are tightened where someone opened them", () => {
    loadConfig({ env: {}, cwd });
    chmodSync(join(data, "proxy-secret"), 0o644);
    loadConfig({ env: {}, cwd });
    expect(modeOf(join(data, "proxy-secret"))).toBe(0o600);
  });

  test.each(["", "short", "has space in it, and is long", "x".repeat(513)])("are not %j", (text) => {
    mkdirSync(data);
    writeFileSync(join(data, "admin-token"), text);
    expect(() => loadConfig({ env: {}, cwd })).toThrow(ConfigError);
    expect(() => loadConfig({ env: {}, cwd })).toThrow(/admin-token holds no usable secret .*; delete it/);
  });

  test("are not made by a start that is refused: the admin token would never be shown", () => {
    expect(() => loadConfig({ env: { PATCHCORD_LOG: "loud" }, cwd })).toThrow(ConfigError);
    expect(() => loadConfig({ env: { PATCHCORD_XML_CURL: "x" }, cwd })).toThrow(ConfigError);
    expect(existsSync(data)).toBe(false);
  });
});

describe("the data directory", () => {
  test("is made with what lies above it, readable by nobody else, and new once", () => {
    expect(load("deep/er/data")).toMatchObject({ data: join(cwd, "deep/er/data"), dataIsNew: true });
    for (const made of ["deep", "deep/er", "deep/er/data"]) expect(modeOf(join(cwd, made))).toBe(0o700);
    expect(load("deep/er/data").dataIsNew).toBe(false);
  });

  test("is refused where a file is, or is above it, naming the file", () => {
    writeFileSync(join(cwd, "notes.md"), "");
    for (const path of ["notes.md", "notes.md/data", "notes.md/deep/er"]) {
      expect(() => load(path)).toThrow(`${join(cwd, "notes.md")} is not a directory`);
      expect(() => rememberSwitch(join(cwd, path), { host: "h", port: 1, password: "x" })).toThrow(
        `${join(cwd, "notes.md")} is not a directory`,
      );
    }
    expect(readdirSync(cwd)).toEqual(["notes.md"]);
  });

  test.runIf(process.platform === "linux")("is refused where the system makes none", async () => {
    // In a process of its own: Node's recursive mkdirSync never comes back from here.
    const { code, stderr } = await run("load-config.ts", "/proc/patchcord");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /PATCHCORD_DATA\): the directory \/proc\/patchcord\/data cannot be used: no directory can be made in \/proc: ENOENT/,
      ),
    });
  });

  test.runIf(process.platform === "linux")("is not made where the log's cannot be", async () => {
    const { code, stderr } = await run("load-config.ts", cwd, "PATCHCORD_LOG_FILE=/proc/patchcord/x.log");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        "logFile (PATCHCORD_LOG_FILE): the directory /proc/patchcord cannot be used: no directory can be made in /proc",
      ),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("is refused where we may not write, which is nowhere for root", () => {
    mkdirSync(data, { mode: 0o500 });
    const refusal = process.getuid?.() === 0 ? join(cwd, "data") : `${data} is not writable: EACCES`;
    for (const path of ["data", "data/deeper"]) expect(outcome(path)).toContain(refusal);
  });
});

describe("the switches that a configuration was written for", () => {
  const one = { host: "127.0.0.1", port: 8021, password: "first" };
  const two = { host: "::1", port: 8021, password: "second" };

  test("are none at first, and then the default", () => {
    expect(readKnownSwitches(data)).toEqual([]);
    rememberSwitch(data, one);
    rememberSwitch(data, two);
    expect(readKnownSwitches(data)).toEqual([one, two]);
    expect(loadConfig({ env: {}, cwd }).switches).toEqual([one, two]);
    expect(modeOf(join(data, "switches.json"))).toBe(0o600);
    const given = loadConfig({ env: { PATCHCORD_SWITCHES: "esl://:x@h:1" }, cwd });
    expect(given.switches).toEqual([{ host: "h", port: 1, password: "x" }]);
  });

  test("are known by host and port: a new password replaces the old one", () => {
    rememberSwitch(data, one);
    rememberSwitch(data, { ...one, password: "changed" });
    expect(readKnownSwitches(data)).toEqual([{ ...one, password: "changed" }]);
    expect(readdirSync(data)).toEqual(["switches.json"]);
  });

  test.each(["", "{", "{}", "[1]", '[{"host":"h","port":0,"password":"x"}]', '[{"host":"h","port":1}]'])(
    "are not read from %j",
    (text) => {
      mkdirSync(data);
      writeFileSync(join(data, "switches.json"), text);
      expect(() => readKnownSwitches(data)).toThrow(
        /switches\.json is damaged; delete it and run `patchcord conf/,
      );
    },
  );
});

test("a redacted configuration holds no secret", () => {
  rememberSwitch(data, { host: "h", port: 1, password: "event-socket-secret" });
  const iceServers = '[{"urls":["turn:t"],"secret":"turn-secret"}]';
  const config = loadConfig({ env: { PATCHCORD_ICE_SERVERS: iceServers }, cwd });
  const shown = JSON.stringify(redact(config));
  for (const secret of [
    config.adminToken,
    config.proxySecret,
    config.eventSocketPassword,
    config.xmlCurl.password,
    "event-socket-secret",
    "turn-secret",
  ]) {
    expect(shown).not.toContain(secret);
  }
  expect(redact(config)).toMatchObject({ http: config.http, domain: config.domain, xmlCurl: { user: "fs" } });
});

describe("the command line finds the server", () => {
  test("by the configuration and the data directory, and makes nothing there", () => {
    expect(findServer({ env: {}, cwd })).toEqual({ url: "http://127.0.0.1:8080", token: null, data });
    expect(existsSync(data)).toBe(false);
    const { adminToken } = loadConfig({ env: {}, cwd });
    expect(findServer({ env: {}, cwd }).token).toBe(adminToken);
  });

  test("by the configured token", () => {
    loadConfig({ env: {}, cwd });
    expect(findServer({ env: { PATCHCORD_ADMIN_TOKEN: "0123456789abcdef" }, cwd }).token).toBe(
      "0123456789abcdef",
    );
  });

  test.each([
    ["0.0.0.0:81", "http://127.0.0.1:81"],
    [":81", "http://127.0.0.1:81"],
    ["[::]:81", "http://[::1]:81"],
    ["[::1]:81", "http://[::1]:81"],
    ["pbx.example:81", "http://pbx.example:81"],
  ])("that listens on %s at %s", (http, url) => {
    expect(findServer({ env: { PATCHCORD_HTTP: http }, cwd }).url).toBe(url);
  });

  test("where PATCHCORD_URL and PATCHCORD_TOKEN say", () => {
    const env = { PATCHCORD_URL: "https://pbx.example/base/", PATCHCORD_TOKEN: "pc_x" };
    expect(findServer({ env, cwd })).toMatchObject({ url: "https://pbx.example/base", token: "pc_x" });
  });

  test.each(["pbx.example", "ftp://pbx.example", "http://", "javascript:alert(1)"])("not at %j", (url) => {
    expect(() => findServer({ env: { PATCHCORD_URL: url }, cwd })).toThrow(
      /PATCHCORD_URL is .* allowed is a URL/,
    );
  });
});

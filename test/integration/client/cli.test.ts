import { writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { run, type CliOptions, type ConfOptions } from "../../../src/client/cli/index.ts";
import { ConfigError } from "../../../src/config/index.ts";
import { patchcord, sceneOfTest, type Scene } from "../../fakes/command-line.ts";
import { adminToken } from "../../fakes/http.ts";
import { channelEvent, node, registration } from "../../fakes/rest.ts";

const scene = sceneOfTest();
let world: Scene["world"];
let home: string;
beforeEach(() => {
  ({ world, home } = scene());
});

describe("extensions", () => {
  test("add of a range prints a password each, once; list shows them", async () => {
    const added = await patchcord("extensions add 1000-1003 --name Desk --call-group sales");
    expect(added).toMatchObject({ code: 0, err: "" });
    const lines = added.out.trimEnd().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/^NUMBER {2}PASSWORD$/),
      expect.stringMatching(/^1001 {4}\S{12,}$/),
      expect.stringMatching(/^1002 {4}\S{12,}$/),
      expect.stringMatching(/^1003 {4}\S{12,}$/),
      "created 4, replaced 0, skipped 0; the passwords are shown this once",
    ]);
    world.registrations.online(registration("1002"), 1);
    const listed = await patchcord("extensions list");
    expect(listed.out).toMatch(/^1002 +Desk +default +sales +yes +yes +phone$/m);
    expect(listed.out).toMatch(/^1000 .* proxy$/m);
    expect(listed.out).toMatch(/^1003 +Desk +default +sales +yes +no +phone$/m);
  });

  test("add of one number, with a password of one's own", async () => {
    expect(await patchcord("extensions add 1001 --password correct-horse")).toMatchObject({ code: 0 });
    expect(await world.extensions.get("1001")).toMatchObject({ number: "1001" });
    const again = await patchcord("extensions add 1001");
    expect(again.code).toBe(1);
    expect(again.err).toBe(
      "patchcord: 1001 exists already, nothing was changed; say --on-existing skip or replace (extension-exists)\n",
    );
    const json = await patchcord("extensions add 1001 --json");
    expect(JSON.parse(json.err)).toMatchObject({ code: "extension-exists", numbers: ["1001"], count: 1 });
    expect(await patchcord("extensions add 1001 --on-existing skip")).toMatchObject({
      code: 0,
      out: "created 0, replaced 0, skipped 1\n",
    });
  });

  test("set changes, remove removes", async () => {
    await patchcord("extensions add 1001");
    const set = await patchcord('extensions set 1001 --name "张三" --disable --password random');
    expect(set).toMatchObject({ code: 0 });
    expect(set.out).toMatch(/^1001 +张三 +default +- +no +no +phone$/m);
    expect(set.out).toMatch(/^password, shown this once: \S{12,}$/m);
    expect(
      await patchcord("extensions set 1001 --enable --json").then(({ out }) => JSON.parse(out)),
    ).toMatchObject({ enabled: true });
    expect(await patchcord("extensions remove 1001")).toMatchObject({ code: 0, out: "removed 1001\n" });
    expect(await patchcord("extensions remove 1001")).toMatchObject({ code: 1, out: "" });
  });

  test("list --json is a list, all pages of it", async () => {
    await patchcord("extensions add 1000-2599");
    const { out } = await patchcord("extensions list --json");
    expect(JSON.parse(out)).toHaveLength(1600);
    const found = await patchcord("extensions list --query 259 --json");
    expect(JSON.parse(found.out)).toHaveLength(12);
  });

  test("what the network says reaches the terminal without what it would obey", async () => {
    world.calls.apply(
      channelEvent("CHANNEL_CREATE", "leg-a", 1, {
        channel: {
          ...channelEvent("CHANNEL_CREATE", "leg-a", 1).channel,
          callerName: "\u001b]0;owned\u0007\u202eevil",
        },
      }),
    );
    const { out } = await patchcord("calls");
    expect(out).toContain("1001 (]0;ownedevil)");
    const json = await patchcord("calls --json");
    expect(JSON.parse(json.out)).toMatchObject([{ from: { name: "\u001b]0;owned\u0007\u202eevil" } }]);
    expect(json.out).not.toContain("\u202e");
  });
});

describe("watching", () => {
  test("events prints what happens, a line each, until it is stopped", async () => {
    world.events.publish({ type: "node.up", time: 0, node, data: { a: "\u001b[2J" } });
    const stop = new AbortController();
    const lines: string[] = [];
    const code = await run(["events", "--types", "node.*", "--since", "e0-1", "--json"], {
      serve: async () => 0,
      conf: async () => ({ directory: "", files: [], next: [] }),
      version: "1.2.3",
      signal: stop.signal,
      stdout: {
        write: (text) => {
          lines.push(text);
          if (lines.length === 2) stop.abort();
        },
      },
    });
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { type: "events.gap", gap: true },
      { type: "node.up", data: { a: "\u001b[2J" } },
    ]);
    expect(lines.join("")).not.toContain("\u001b");
  });

  test("ends when nobody reads any more", async () => {
    world.events.publish({ type: "node.up", time: 0, node, data: {} });
    let unread: (() => void) | undefined;
    const code = await run(["events", "--since", "e1-0"], {
      serve: async () => 0,
      conf: async () => ({ directory: "", files: [], next: [] }),
      version: "1.2.3",
      stdout: {
        write: () => unread?.(),
        on: (_event, listener) => {
          unread = listener;
        },
      },
    });
    expect(code).toBe(0);
  });

  test("explain prints the outcome, the steps and the actions", async () => {
    const { code, out } = await patchcord('explain "" 1002 --context public');
    expect(code).toBe(0);
    expect(world.explained).toEqual([{ from: "", to: "1002", context: "public" }]);
    expect(out).toContain("context public: extension 1002\n");
    expect(out).toMatch(/^bridge +user\/1002@patchcord\.test$/m);
    const rejected = await patchcord("explain 9999 1999");
    expect(rejected.out).toContain("reject UNALLOCATED_NUMBER (1999 is not provisioned)\n");
    expect((await patchcord("explain 1001 1002 --xml")).out).toBe("<document/>\n");
  });
});

const refuse: CliOptions["serve"] = async () => {
  throw new ConfigError("PATCHCORD_HTTP is x; allowed is HOST:PORT");
};
const broken: CliOptions["serve"] = async () => {
  throw new TypeError("a bug of ours");
};

describe("without a server", () => {
  test("conf is handed what it was told", async () => {
    const given: ConfOptions[] = [];
    const conf: CliOptions["conf"] = async (options) => {
      given.push(options);
      return { directory: options.directory, files: ["a", "b"], next: ["start it"] };
    };
    const words =
      "conf ./fs --event-socket 127.0.0.1:8022 --url http://p:8080/xml_curl --allow 10.0.0.1/32 --allow 10.0.0.2/32";
    expect(await patchcord(words, { conf })).toEqual({
      code: 0,
      out: "wrote 2 files to ./fs\nstart it\n",
      err: "",
    });
    expect(given).toEqual([
      {
        directory: "./fs",
        eventSocket: "127.0.0.1:8022",
        url: "http://p:8080/xml_curl",
        allow: ["10.0.0.1/32", "10.0.0.2/32"],
      },
    ]);
    expect(JSON.parse((await patchcord("conf ./fs --json", { conf })).out)).toMatchObject({
      files: ["a", "b"],
    });
  });

  test("--version is one line", async () => {
    expect(await patchcord("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  test("serve --json asks for a log of JSON", async () => {
    const asked: boolean[] = [];
    const serve: CliOptions["serve"] = async ({ json }) => {
      asked.push(json);
      return 0;
    };
    await patchcord("serve", { serve });
    await patchcord("serve --json", { serve });
    expect(asked).toEqual([false, true]);
  });

  test("serve ends with the code it gives", async () => {
    expect(await patchcord("serve", { serve: async () => 3 })).toMatchObject({ code: 3 });
  });

  test("a configuration that cannot be used is one line, anything else is thrown on", async () => {
    expect(await patchcord("serve", { serve: refuse })).toEqual({
      code: 1,
      out: "",
      err: "patchcord: PATCHCORD_HTTP is x; allowed is HOST:PORT\n",
    });
    await expect(patchcord("serve", { serve: broken })).rejects.toThrow("a bug of ours");
  });
});

describe("finding the server", () => {
  test("by the data directory: its address and its token", async () => {
    vi.stubEnv("PATCHCORD_URL", "");
    vi.stubEnv("PATCHCORD_TOKEN", "");
    vi.stubEnv("PATCHCORD_HTTP", `127.0.0.1:${world.http.port}`);
    const lost = await patchcord("calls");
    expect(lost).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        `set PATCHCORD_TOKEN, or run this where the server's data directory is (${home} holds none)`,
      ),
    });
    writeFileSync(join(home, "admin-token"), `${adminToken}\n`, { mode: 0o600 });
    expect(await patchcord("calls")).toMatchObject({ code: 0 });
  });

  test("one that is not running: one line with the remedy", async () => {
    await world.http.server.close();
    const { code, out, err } = await patchcord("calls");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^patchcord: http:\S+ cannot be reached \(.*ECONNREFUSED.*\); start the server \(npm start\), or set PATCHCORD_URL to where it is \(unreachable\)\n$/,
    );
    const json = await patchcord("calls --json");
    expect(JSON.parse(json.err)).toMatchObject({ code: "unreachable" });
  });

  test("a wrong token: where it came from", async () => {
    vi.stubEnv("PATCHCORD_TOKEN", "wrong");
    expect(await patchcord("calls")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/PATCHCORD_TOKEN.*\(unauthorized\)\n$/),
    });
  });

  test("a port where something else than HTTP is spoken", async () => {
    const server = createServer((socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    vi.stubEnv("PATCHCORD_URL", `http://127.0.0.1:${port}`);
    expect(await patchcord("calls")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/does not speak HTTP.*set PATCHCORD_URL.*\(not-patchcord\)\n$/),
    });
    server.close();
  });

  test("an address that is none", async () => {
    vi.stubEnv("PATCHCORD_URL", "localhost:8080");
    expect(await patchcord("calls")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^patchcord: PATCHCORD_URL is .*\n$/),
    });
  });
});

describe("wrong usage is 2, and nothing is asked", () => {
  test.for([
    "",
    "explode",
    "calls --colour",
    "calls --state gone",
    "extensions",
    "extensions add",
    "extensions add 10x-20",
    "extensions add 1000-",
    "extensions add 1001 --on-existing merge",
    "extensions set 1001",
    "extensions set 1001 --enable --disable",
    "dial 1001",
    "dial 1001 1002 1003",
    "dial 1001 1002 --timeout soon",
    "dial 1001 1002 --timeout 0",
    "dial 1001 1002 --wait 0",
    "hangup",
    "hangup x --wait 61",
    "explain 1001",
    "conf",
  ])("patchcord %s", async (words) => {
    const { code, out, err } = await patchcord(words);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).not.toBe("");
    expect(world.asked).toEqual([]);
  });

  test("--help is no wrong usage, for any command", async () => {
    for (const words of [
      "--help",
      "extensions --help",
      "extensions add --help",
      "dial --help",
      "events --help",
    ]) {
      expect(await patchcord(words)).toMatchObject({
        code: 0,
        err: "",
        out: expect.stringContaining("Usage: patchcord"),
      });
    }
  });

  test("every command that prints an answer has --json", async () => {
    for (const words of [
      "serve",
      "conf",
      "extensions list",
      "extensions add",
      "extensions set",
      "extensions remove",
      "dial",
      "calls",
      "hangup",
      "events",
      "explain",
    ]) {
      expect((await patchcord(`${words} --help`)).out).toContain("--json");
    }
  });
});

describe("token", () => {
  test("prints a token that opens /rtc, its end and the address of a phone", async () => {
    const { code, out, err } = await patchcord('token 1001 --name "Ann Lee" --ttl 600');
    expect([code, err]).toEqual([0, ""]);
    const [token = "", expires, phone, warning] = out.trimEnd().split("\n");
    const jwt = token.replace("token    ", "");
    expect(await world.webTokens.verify(jwt)).toMatchObject({ user: "1001", displayName: "Ann Lee" });
    expect(expires).toBe("expires  2023-11-14T22:23:20.000Z");
    expect(phone).toBe(`phone    ${world.http.url}/phone#token=${jwt}`);
    expect(warning).toMatch(/until it expires/);
  });

  test("as JSON is what the API answers", async () => {
    const made = JSON.parse((await patchcord("token 1001 --json")).out);
    expect(made).toEqual({
      token: expect.any(String),
      expiresAt: world.clock.now() + 86_400_000,
      url: `ws://127.0.0.1:${world.http.port}/rtc`,
      phone: expect.stringContaining(made.token),
      iceServers: [],
    });
  });

  test.for([
    ["token ann", 2, "is no web user's number"],
    ["token", 2, "missing required argument"],
    ["token 1001 --ttl 0", 2, "from 1 to 604800"],
    ["token 1001 --ttl 604801", 2, "from 1 to 604800"],
    [`token 1001 --name ${"x".repeat(65)}`, 1, "--name"],
  ] as const)("%s: exit code %i, %s", async ([words, code, said]) => {
    const outcome = await patchcord(words);
    expect(outcome).toMatchObject({ code, out: "" });
    expect(outcome.err).toContain(said);
  });
});

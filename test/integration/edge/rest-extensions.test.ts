import { describe, expect, test } from "vitest";
import { domain, registration, restWorld } from "../../fakes/rest.ts";

const path = "/api/v1/extensions";
const post = (json: unknown): { method: string; json: unknown } => ({ method: "POST", json });

describe("POST /extensions", () => {
  test("provisions one, shows the password it made this once", async () => {
    await using world = await restWorld();
    const made = await world.call(path, post({ number: "1001", displayName: `&<>"' 张三` }));
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`${path}/1001`);
    const { password, ...shown } = made.body;
    expect(password).toMatch(/^.{12,}$/);
    expect(shown).toEqual({
      number: "1001",
      domain,
      kind: "phone",
      displayName: `&<>"' 张三`,
      callerIdName: "",
      callerIdNumber: "",
      context: "default",
      callGroup: "",
      tollAllow: "",
      enabled: true,
      registered: false,
    });
    const read = await world.call(`${path}/1001`);
    expect(read.body).toEqual(shown);
    expect(world.changed).toEqual(["1001"]);
  });

  test("a password that was given is never shown, nor anything made of it", async () => {
    await using world = await restWorld();
    const secret = "correct-horse-battery";
    const answers = [
      await world.call(path, post({ number: "1001", password: secret })),
      await world.call(`${path}/1001`, { method: "PATCH", json: { password: `${secret}2` } }),
      await world.call(`${path}/1001`, { method: "PUT", json: { password: `${secret}3` } }),
      await world.call(`${path}/1001`),
      await world.call(path),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeLessThan(300);
      expect(text).not.toContain(secret);
      expect(text).not.toMatch(/ha1|password|[0-9a-f]{32}/);
    }
    expect(world.http.lines()).not.toContain(secret);
  });

  test("an existing one is 409", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001" }));
    expect(await world.call(path, post({ number: "1001" }))).toMatchObject({
      status: 409,
      body: { code: "extension-exists" },
    });
  });

  test.for<[string, unknown, string]>([
    ["a leading 0", { number: "0123" }, "invalid-number"],
    ["one digit", { number: "5" }, "invalid-number"],
    ["sixteen digits", { number: "1234567890123456" }, "invalid-number"],
    ["letters", { number: "alice" }, "invalid-number"],
    ["a dial string", { number: "1001,user/1002" }, "invalid-number"],
    ["the proxy account", { number: "1000" }, "proxy-account"],
    ["no number", {}, "invalid-request"],
    ["a number that is none", { number: 1001 }, "invalid-request"],
    [
      "a name that the switch would evaluate",
      { number: "1001", displayName: "${system(id)}" },
      "unsafe-text",
    ],
    ["CR LF in the name", { number: "1001", displayName: "a\r\nb" }, "unsafe-text"],
    ["CR LF in the caller id name", { number: "1001", callerIdName: "a\r\nb" }, "unsafe-text"],
    ["CR LF in the caller id number", { number: "1001", callerIdNumber: "1\r\n2" }, "unsafe-text"],
    ["CR LF in the context", { number: "1001", context: "default\r\n" }, "unsafe-text"],
    ["CR LF in the group", { number: "1001", callGroup: "a\r\nb" }, "unsafe-text"],
    ["CR LF in the toll classes", { number: "1001", tollAllow: "a\r\nb" }, "unsafe-text"],
    ["CR LF in the password", { number: "1001", password: "a\r\nbcdefghijk" }, "unsafe-text"],
    ["CR LF in the number", { number: "1001\r\n" }, "unsafe-text"],
    ["a name that is too long", { number: "1001", displayName: "x".repeat(101) }, "invalid-request"],
    ["enabled as text", { number: "1001", enabled: "yes" }, "invalid-request"],
  ])("%s is refused, and nothing is made", async ([, json, code]) => {
    await using world = await restWorld();
    const answer = await world.call(path, post(json));
    expect(answer.body).toMatchObject({ code });
    expect(answer.status).toBe(code === "proxy-account" ? 409 : 400);
    expect((await world.call(path)).body).toEqual({ items: [], next: null });
  });

  test.for([
    "doNotDisturb",
    "forwarding",
    "findMe",
    "screening",
    "voicemail",
    "ha1",
    "kind",
    "domain",
    "registered",
  ])("%s, which would have no effect, is refused by name", async (member) => {
    await using world = await restWorld();
    const answer = await world.call(path, post({ number: "1001", [member]: "x" }));
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: "invalid-request",
        errors: [{ path: `body/${member}`, message: "is not a known member" }],
      },
    });
  });
});

describe("GET /extensions", () => {
  test("pages through all of them in order of number, each once", async () => {
    await using world = await restWorld();
    await world.call(`${path}/bulk`, post({ from: "98", to: "130" }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await world.call(`${path}?limit=7${cursor === null ? "" : `&cursor=${cursor}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.body.items.map(({ number }: { number: string }) => number));
      cursor = page.body.next;
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 33 }, (_, at) => String(98 + at)));
  });

  test("a last page that is full says that it is the last", async () => {
    await using world = await restWorld();
    await world.call(`${path}/bulk`, post({ from: "1001", to: "1010" }));
    expect((await world.call(`${path}?limit=10`)).body.next).toBeNull();
  });

  test("finds by part of number or name, taking wildcards literally", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001", displayName: "100% Anna" }));
    await world.call(path, post({ number: "1002", displayName: "Bert" }));
    const numbers = async (q: string): Promise<string[]> =>
      (await world.call(`${path}?q=${encodeURIComponent(q)}`)).body.items.map(
        ({ number }: { number: string }) => number,
      );
    expect(await numbers("Ann")).toEqual(["1001"]);
    expect(await numbers("002")).toEqual(["1002"]);
    expect(await numbers("%")).toEqual(["1001"]);
    expect(await numbers("")).toEqual(["1001", "1002"]);
  });

  test("says who is registered", async () => {
    await using world = await restWorld();
    await world.call(`${path}/bulk`, post({ from: "1001", to: "1002" }));
    world.registrations.online(registration("1002"), 1);
    const { items } = (await world.call(path)).body;
    expect(items.map(({ registered }: { registered: boolean }) => registered)).toEqual([false, true]);
  });

  test.for([
    "limit=0",
    "limit=1001",
    "limit=x",
    "limit=1.5",
    "cursor=abc",
    "cursor=",
    "colour=red",
    "limit=1&limit=2",
  ])("?%s is refused", async (query) => {
    await using world = await restWorld();
    expect(await world.call(`${path}?${query}`)).toMatchObject({
      status: 400,
      body: { code: "invalid-request" },
    });
  });
});

describe("one extension", () => {
  test("PATCH changes what is given, PUT sets all of it", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001", displayName: "Anna", callGroup: "sales" }));
    const patched = await world.call(`${path}/1001`, { method: "PATCH", json: { enabled: false } });
    expect(patched).toMatchObject({
      status: 200,
      body: { displayName: "Anna", callGroup: "sales", enabled: false },
    });
    const put = await world.call(`${path}/1001`, {
      method: "PUT",
      json: { number: "1001", displayName: "Bert" },
    });
    expect(put).toMatchObject({ status: 200, body: { displayName: "Bert", callGroup: "", enabled: true } });
    expect(world.changed).toEqual(["1001", "1001", "1001"]);
  });

  test("a new random password is shown this once", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001" }));
    const { body } = await world.call(`${path}/1001`, { method: "PATCH", json: { password: "random" } });
    expect(body.password).toMatch(/^.{12,}$/);
  });

  test("cannot be renumbered", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001" }));
    for (const method of ["PUT", "PATCH"]) {
      const answer = await world.call(`${path}/1001`, { method, json: { number: "1002" } });
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid-number" } });
    }
  });

  test("DELETE removes it", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1001" }));
    const removed = await world.call(`${path}/1001`, { method: "DELETE" });
    expect(removed).toMatchObject({ status: 204, text: "" });
    expect((await world.call(`${path}/1001`)).status).toBe(404);
  });

  test.for([
    ["GET", undefined],
    ["PATCH", { enabled: false }],
    ["PUT", {}],
    ["DELETE", undefined],
  ] as const)("%s of one that does not exist is 404", async ([method, json]) => {
    await using world = await restWorld();
    for (const number of ["1001", "nobody", "1'%20OR%201=1"]) {
      const answer = await world.call(`${path}/${number}`, { method, ...(json ? { json } : {}) });
      expect(answer).toMatchObject({ status: 404, body: { code: "extension-not-found" } });
    }
  });

  test("the proxy account is nobody's to change", async () => {
    await using world = await restWorld();
    await world.call(`${path}/bulk`, post({ from: "1000", to: "1001" }));
    for (const [method, json] of [
      ["PATCH", { password: "mine-now-please" }],
      ["PUT", {}],
      ["DELETE", undefined],
    ] as const) {
      const answer = await world.call(`${path}/1000`, { method, ...(json ? { json } : {}) });
      expect(answer).toMatchObject({ status: 409, body: { code: "proxy-account" } });
    }
  });
});

describe("POST /extensions/bulk", () => {
  test("1000-2599 are 1,600, with a password each but for the proxy account", async () => {
    await using world = await restWorld();
    const { status, body } = await world.call(
      `${path}/bulk`,
      post({ from: "1000", to: "2599", template: { callGroup: "all" } }),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: 1600, skipped: 0, replaced: 0 });
    expect(body.credentials).toHaveLength(1599);
    expect(body.credentials.some(({ number }: { number: string }) => number === "1000")).toBe(false);
    expect((await world.call(`${path}/2599`)).body).toMatchObject({ callGroup: "all" });
    expect((await world.call(`${path}/999`)).status).toBe(404);
    expect((await world.call(`${path}/2600`)).status).toBe(404);
  });

  test("takes the ends as numbers as well", async () => {
    await using world = await restWorld();
    expect(await world.call(`${path}/bulk`, post({ from: 1001, to: 1003 }))).toMatchObject({
      status: 200,
      body: { created: 3 },
    });
  });

  test("existing ones stop it, are skipped or replaced, as is said", async () => {
    await using world = await restWorld();
    await world.call(path, post({ number: "1002", displayName: "Anna" }));
    const range = { from: "1001", to: "1003" };
    expect(await world.call(`${path}/bulk`, post(range))).toMatchObject({
      status: 409,
      body: { code: "extension-exists" },
    });
    expect((await world.call(`${path}/1001`)).status).toBe(404);
    expect((await world.call(`${path}/bulk`, post({ ...range, onExisting: "skip" }))).body).toMatchObject({
      created: 2,
      skipped: 1,
    });
    expect((await world.call(`${path}/1002`)).body.displayName).toBe("Anna");
    expect((await world.call(`${path}/bulk`, post({ ...range, onExisting: "replace" }))).body).toMatchObject({
      created: 0,
      replaced: 3,
    });
  });

  test.for<[string, unknown, string]>([
    ["an empty range", { from: "1002", to: "1001" }, "invalid-range"],
    ["a giant range", { from: "1000", to: "999999999999999" }, "invalid-range"],
    ["a web user's number", { from: "0100", to: "0200" }, "invalid-number"],
    ["a fraction", { from: 1001.5, to: 1003 }, "invalid-request"],
    ["no end", { from: "1001" }, "invalid-request"],
    [
      "an unknown template member",
      { from: "1001", to: "1002", template: { voicemail: {} } },
      "invalid-request",
    ],
    ["another word for existing ones", { from: "1001", to: "1002", onExisting: "merge" }, "invalid-request"],
    [
      "a line break in the template",
      { from: "1001", to: "1002", template: { displayName: "a\nb" } },
      "unsafe-text",
    ],
  ])("%s is refused, and nothing is made", async ([, json, code]) => {
    await using world = await restWorld();
    expect(await world.call(`${path}/bulk`, post(json))).toMatchObject({ status: 400, body: { code } });
    expect((await world.call(path)).body.items).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { node, registration, restWorld } from "../../fakes/rest.ts";

describe("GET /nodes", () => {
  test("shows each switch as interface.md writes it", async () => {
    await using world = await restWorld();
    world.nodes.add(node, "127.0.0.1", 8021);
    world.nodes.update(node, { state: "up", coreUuid: "c", version: "1.11", sessions: 3, bound: true }, 1);
    world.nodes.add("192.0.2.1:8021", "192.0.2.1", 8021);
    world.nodes.update("192.0.2.1:8021", { state: "down", lastError: "it refused the password" }, 1);
    const { body } = await world.call("/api/v1/nodes");
    expect(body.next).toBeNull();
    expect(body.items).toEqual([
      {
        id: node,
        host: "127.0.0.1",
        port: 8021,
        state: "up",
        coreUuid: "c",
        version: "1.11",
        sessions: 3,
        sessionsPeak: 0,
        sessionsPerSecond: 0,
        eventLagMs: 0,
        bound: true,
        lastError: null,
      },
      expect.objectContaining({
        id: "192.0.2.1:8021",
        state: "down",
        lastError: "it refused the password",
        bound: null,
      }),
    ]);
  });
});

describe("GET /registrations", () => {
  test("shows each phone as interface.md writes it", async () => {
    await using world = await restWorld();
    world.registrations.online(registration("1001"), 1);
    const { callId: _, ...shown } = registration("1001");
    expect((await world.call("/api/v1/registrations")).body).toEqual({ items: [shown], next: null });
  });

  test("pages, two phones of one user and hostile text of a phone included", async () => {
    await using world = await restWorld();
    const phones = [
      registration("1001", { callId: "a" }),
      registration("1001", { callId: "b" }),
      registration("1002", { callId: "\u0001\ud800 ©".repeat(50), userAgent: "\u001b[31mred" }),
      registration("1003"),
    ];
    for (const phone of phones) world.registrations.online(phone, 1);
    const users: string[] = [];
    let cursor: string | null = null;
    do {
      const { status, body } = await world.call(
        `/api/v1/registrations?limit=1${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      users.push(...body.items.map(({ user }: { user: string }) => user));
      cursor = body.next;
    } while (cursor !== null);
    expect(users).toEqual(["1001", "1001", "1002", "1003"]);
  });

  test("a cursor of elsewhere is refused", async () => {
    await using world = await restWorld();
    for (const cursor of ["!!", "1001", "%00"]) {
      expect((await world.call(`/api/v1/registrations?cursor=${cursor}`)).status).toBe(400);
    }
  });
});

describe("GET /explain", () => {
  test("asks the generator, and shows all it says", async () => {
    await using world = await restWorld();
    const answer = await world.call("/api/v1/explain?from=1001&to=1002&context=public");
    expect(world.explained).toEqual([{ from: "1001", to: "1002", context: "public" }]);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        context: "public",
        steps: [{ extension: "web-user" }],
        actions: [{ application: "bridge" }],
        outcome: { kind: "extension", target: "1002" },
        xml: "<document/>",
      },
    });
  });

  test.for([
    ["from=1001", "invalid-request"],
    ["to=1002", "invalid-request"],
    ["from=1001&to=", "invalid-request"],
    ["from=1001&to=1002%0d%0a", "unsafe-text"],
    ["from=1001%0a&to=1002", "unsafe-text"],
    ["from=1001&to=1002&context=a%0db", "unsafe-text"],
    ["from=1001&to=1002&domain=x", "invalid-request"],
  ])("?%s is refused", async ([query, code]) => {
    await using world = await restWorld();
    expect(await world.call(`/api/v1/explain?${query}`)).toMatchObject({ status: 400, body: { code } });
    expect(world.explained).toEqual([]);
  });
});

describe("/tokens", () => {
  const path = "/api/v1/tokens";

  test("one that is made works until it is removed, and its secret is shown once", async () => {
    await using world = await restWorld();
    const made = await world.call(path, {
      method: "POST",
      json: { name: "dashboard", scopes: ["read"], ttlSeconds: 3600 },
    });
    expect(made.status).toBe(201);
    const { token, id } = made.body;
    expect((await world.call("/api/v1/nodes", { token })).status).toBe(200);
    const list = await world.call(path);
    expect(list.body.items).toMatchObject([{ id, name: "dashboard", scopes: ["read"] }]);
    expect(list.text).not.toContain(token);
    expect(list.text).not.toMatch(/hash|[0-9a-f]{64}/);
    expect((await world.call(`${path}/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await world.call("/api/v1/nodes", { token })).status).toBe(401);
    expect(await world.call(`${path}/${id}`, { method: "DELETE" })).toMatchObject({
      status: 404,
      body: { code: "token-not-found" },
    });
    expect(world.http.lines()).not.toContain(token);
  });

  test.for<[string, unknown]>([
    ["no scope", { name: "x", scopes: [] }],
    ["an unknown scope", { name: "x", scopes: ["root"] }],
    ["a scope twice", { name: "x", scopes: ["read", "read"] }],
    ["no name", { scopes: ["read"] }],
    ["an empty name", { name: "", scopes: ["read"] }],
    ["a line break in the name", { name: "a\nb", scopes: ["read"] }],
    ["a life of no time", { name: "x", scopes: ["read"], ttlSeconds: 0 }],
    ["a secret of one's own", { name: "x", scopes: ["read"], token: "easy" }],
  ])("%s is refused", async ([, json]) => {
    await using world = await restWorld();
    expect((await world.call(path, { method: "POST", json })).status).toBe(400);
    expect((await world.call(path)).body.items).toEqual([]);
  });
});

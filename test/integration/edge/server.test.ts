import { once } from "node:events";
import { createServer } from "node:net";
import type { FastifyPluginAsync } from "fastify";
import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { silentLogger, systemClock, systemIds } from "../../../src/base/index.ts";
import { createHttpServer } from "../../../src/edge/server/index.ts";
import { adminToken, newAccess, sendRaw, startServer } from "../../fakes/http.ts";

const Body = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 10 })),
    kind: Type.Optional(Type.Enum(["a", "b"])),
    more: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);

const echo: FastifyPluginAsync = async (app) => {
  app.post("/echo", { config: { scope: "calls" }, schema: { body: Body } }, async ({ body }) => ({ body }));
  app.get<{ Params: { id: string } }>(
    "/echo/:id",
    { config: { scope: "read" } },
    async ({ params, query }) => ({ params, query }),
  );
  app.get("/broken", { config: { scope: "read" } }, async () => {
    throw new Error("the secret is 42");
  });
  app.get("/who", { config: { scope: "read" } }, async ({ principal, ip }) => ({ principal, ip }));
};

const careless: FastifyPluginAsync = async (app) => {
  app.get("/open", async () => "secret");
};

const isProblem = (
  { status, headers, body }: { status: number; headers: Headers; body: Record<string, unknown> },
  code: string,
): void => {
  expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(body).toMatchObject({ code, status, type: `urn:patchcord:problem:${code}` });
  expect(body["title"]).toEqual(expect.any(String));
  expect(body["detail"]).toEqual(expect.any(String));
};

describe("problem documents", () => {
  test.for<[string, string, RequestInit & { json?: unknown }, number, string]>([
    ["an unknown route", "/api/v1/nothing?x=1", {}, 404, "not-found"],
    ["an unknown route outside the API", "/nothing", {}, 404, "not-found"],
    ["a wrong method", "/api/v1/echo", { method: "PATCH" }, 404, "not-found"],
    ["a path that cannot be decoded", "/api/v1/echo/%zz", {}, 400, "invalid-request"],
    ["a path that is too long", `/api/v1/echo/${"a".repeat(500)}`, {}, 400, "invalid-request"],
    ["a body of the wrong form", "/api/v1/echo", { method: "POST", json: [] }, 400, "invalid-request"],
    ["no body where one is wanted", "/api/v1/echo", { method: "POST" }, 400, "invalid-request"],
    [
      "bad JSON",
      "/api/v1/echo",
      { method: "POST", body: "{", headers: { "content-type": "application/json" } },
      400,
      "invalid-request",
    ],
    [
      "a poisoned prototype",
      "/api/v1/echo",
      { method: "POST", body: '{"__proto__":{"a":1}}', headers: { "content-type": "application/json" } },
      400,
      "invalid-request",
    ],
    [
      "another content type",
      "/api/v1/echo",
      { method: "POST", body: "a=b", headers: { "content-type": "text/plain" } },
      415,
      "unsupported-media-type",
    ],
    [
      "a body over the limit",
      "/api/v1/echo",
      { method: "POST", json: { name: "x".repeat(300_000) } },
      413,
      "payload-too-large",
    ],
    ["a failure of ours", "/api/v1/broken", {}, 500, "internal"],
  ])("%s", async ([, path, init, status, code]) => {
    await using http = await startServer({ api: [echo] });
    const answer = await http.call(path, init);
    expect(answer.status).toBe(status);
    isProblem(answer, code);
  });

  test("a failure of ours shows nothing of its cause but in the log", async () => {
    await using http = await startServer({ api: [echo] });
    const answer = await http.call("/api/v1/broken");
    expect(answer.text).not.toContain("42");
    expect(http.lines()).toContain("the secret is 42");
    expect(answer.body.detail).toContain(answer.headers.get("x-request-id"));
  });

  test("unknown and wrong members are named one by one", async () => {
    await using http = await startServer({ api: [echo] });
    const answer = await http.call("/api/v1/echo", {
      method: "POST",
      json: { nam: 1, name: "x".repeat(11), kind: "c" },
    });
    isProblem(answer, "invalid-request");
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        { path: "body/nam", message: "is not a known member" },
        { path: "body/kind", message: "must be one of a, b" },
        { path: "body/name", message: expect.stringContaining("10") },
      ]),
    );
    expect(answer.body.errors).toHaveLength(3);
  });
});

describe("text that must not reach a command or a header", () => {
  test.for<[string, string, unknown]>([
    ["CR LF in a member", "/api/v1/echo", { more: "a\r\nbgapi shutdown" }],
    ["LF in a nested member", "/api/v1/echo", { more: { a: [{ b: "x\ny" }] } }],
    ["LF in a member's name", "/api/v1/echo", { more: { "a\nb": 1 } }],
    ["NUL", "/api/v1/echo", { more: "\0" }],
    ["NEL, a line end to some", "/api/v1/echo", { more: "\u0085" }],
    ["LINE SEPARATOR", "/api/v1/echo", { more: "\u2028" }],
    ["half a surrogate pair", "/api/v1/echo", { more: "\ud800" }],
    ["LF in the query", "/api/v1/echo/1?q=a%0Ab", undefined],
    ["LF in the path", "/api/v1/echo/a%0d%0ab", undefined],
  ])("%s", async ([, path, json]) => {
    await using http = await startServer({ api: [echo] });
    const answer = await http.call(path, json === undefined ? {} : { method: "POST", json });
    expect(answer.status).toBe(400);
    isProblem(answer, "unsafe-text");
  });

  test("nesting deeper than the stack is harmless", async () => {
    await using http = await startServer({ api: [echo] });
    const deep = `{"more":${"[".repeat(100_000)}"\\n"${"]".repeat(100_000)}}`;
    const answer = await http.call("/api/v1/echo", {
      method: "POST",
      body: deep,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(400);
    isProblem(answer, "unsafe-text");
  });

  test("markup, quotes and other languages pass", async () => {
    await using http = await startServer({ api: [echo] });
    const json = { more: `&<>"' 张三 😀` };
    const answer = await http.call("/api/v1/echo", { method: "POST", json });
    expect(answer).toMatchObject({ status: 200, body: { body: json } });
  });
});

describe("who may", () => {
  test("no token, an unknown one, an expired one, a malformed header", async () => {
    await using http = await startServer({ api: [echo] });
    for (const token of [null, "wrong", "wrong one", `${adminToken}x`]) {
      const answer = await http.call("/api/v1/who", { token });
      expect(answer.status).toBe(401);
      isProblem(answer, "unauthorized");
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
    const basic = await http.call("/api/v1/who", {
      token: null,
      headers: { authorization: `Basic ${btoa(`x:${adminToken}`)}` },
    });
    expect(basic.status).toBe(401);
  });

  test("a token has the scopes it was given", async () => {
    await using http = await startServer({ api: [echo] });
    const { token } = await http.access.create({ name: "reader", scopes: ["read"] });
    expect(await http.call("/api/v1/who", { token })).toMatchObject({
      status: 200,
      body: { principal: { name: "reader" } },
    });
    const refused = await http.call("/api/v1/echo", { method: "POST", token, json: {} });
    expect(refused.status).toBe(403);
    isProblem(refused, "forbidden");
  });

  test("a token in the query opens no plain request, and is logged nowhere", async () => {
    await using http = await startServer({ api: [echo] });
    const answer = await http.call(`/api/v1/who?token=${adminToken}`, { token: null });
    expect(answer.status).toBe(401);
    await http.call(`/nothing?token=${adminToken}`, { token: null });
    await http.call("/api/v1/broken?token=x", {});
    expect(http.lines()).toContain("/api/v1/who");
    expect(http.lines()).not.toContain(adminToken);
  });

  test("addresses outside the list are refused, health excepted", async () => {
    await using http = await startServer({ api: [echo], apiAcl: ["192.0.2.0/24"] });
    const refused = await http.call("/api/v1/who");
    expect(refused.status).toBe(403);
    isProblem(refused, "address-refused");
    expect((await http.call("/api/docs/")).status).toBe(403);
    expect((await http.call("/healthz")).status).toBe(200);
  });

  test("X-Forwarded-For is believed of nobody", async () => {
    await using http = await startServer({ api: [echo], apiAcl: ["192.0.2.0/24"] });
    expect((await http.call("/api/v1/who", { headers: { "x-forwarded-for": "192.0.2.1" } })).status).toBe(
      403,
    );
  });

  test("a guesser is slowed down, the holder of a good token at the same address is not", async () => {
    await using http = await startServer({ api: [echo], rateLimits: { requests: 1000, failures: 3 } });
    expect((await http.call("/api/v1/who")).status).toBe(200);
    for (let guess = 0; guess < 3; guess += 1) {
      expect((await http.call("/api/v1/who", { token: `guess${guess}` })).status).toBe(401);
    }
    const refused = await http.call("/api/v1/who", { token: "guess4" });
    expect(refused.status).toBe(429);
    isProblem(refused, "rate-limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await http.call("/api/v1/who")).status).toBe(200);
  });

  test("so is who asks too much", async () => {
    await using http = await startServer({ api: [echo], rateLimits: { requests: 2, failures: 3 } });
    expect((await http.call("/api/v1/who")).status).toBe(200);
    expect((await http.call("/api/v1/who")).status).toBe(200);
    const refused = await http.call("/api/v1/who");
    expect(refused.status).toBe(429);
    isProblem(refused, "rate-limited");
  });

  test("a route that names no scope is not served at all", async () => {
    await expect(startServer({ api: [careless] })).rejects.toThrow(/names no scope/);
  });

  test("answers of the API are not to be cached", async () => {
    await using http = await startServer({ api: [echo] });
    expect((await http.call("/api/v1/who")).headers.get("cache-control")).toBe("no-store");
  });
});

describe("health", () => {
  test("alive and ready", async () => {
    await using http = await startServer();
    expect(await http.call("/healthz", { token: null })).toMatchObject({
      status: 200,
      body: { status: "ok" },
    });
    expect(await http.call("/readyz", { token: null })).toMatchObject({
      status: 200,
      body: { status: "ready", reasons: [] },
    });
  });

  test("not ready, with the reasons", async () => {
    await using http = await startServer({ ready: async () => ["no switch is connected"] });
    expect(await http.call("/readyz", { token: null })).toMatchObject({
      status: 503,
      body: { status: "not-ready", reasons: ["no switch is connected"] },
    });
  });
});

describe("the documentation", () => {
  test("needs no token and nothing from elsewhere", async () => {
    await using http = await startServer({ api: [echo] });
    const document = await http.call("/api/v1/openapi.json", { token: null });
    expect(document.body).toMatchObject({ openapi: "3.1.0", paths: { "/api/v1/echo": {} } });
    const page = await http.call("/api/docs/", { token: null });
    expect(page.status).toBe(200);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self';");
    // Served over plain http, the assets of a page that upgrades to https are looked for where nothing listens.
    expect(policy).not.toMatch(/upgrade-insecure-requests|https:|swagger\.io/);
    const initializer = await http.call("/api/docs/static/swagger-initializer.js", { token: null });
    expect(initializer.text).toContain('"validatorUrl":"none"');
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      const url = new URL(asset, `${http.url}/api/docs/`);
      expect(url.origin).toBe(http.url);
      expect((await http.call(url.pathname, { token: null })).status).toBe(200);
    }
  });
});

describe("connections", () => {
  const limits = { headers: 100, request: 200, check: 20, connections: 10 };

  test("what is not HTTP gets a problem document", async () => {
    await using http = await startServer();
    const answer = await sendRaw(http.port, "EHLO example.com\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"invalid-request"');
  });

  test("headers without end", async () => {
    await using http = await startServer();
    const answer = await sendRaw(
      http.port,
      `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(40_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"headers-too-large"');
  });

  test("headers that trickle in are cut off", async () => {
    await using http = await startServer({ limits });
    const answer = await sendRaw(http.port, "GET /healthz HTTP/1.1\r\nhost: x\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request-timeout"');
  });

  test("a body that never ends is cut off", async () => {
    await using http = await startServer({ limits, api: [echo] });
    const head = `POST /api/v1/echo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`;
    expect(await sendRaw(http.port, head)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("two lengths, the start of request smuggling", async () => {
    await using http = await startServer({ api: [echo] });
    const answer = await sendRaw(
      http.port,
      "POST /api/v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a taken port names the key to change", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const server = await createHttpServer({
      http: { host: "127.0.0.1", port },
      log: silentLogger,
      clock: systemClock,
      ids: systemIds,
      version: "0",
      access: newAccess(),
      apiAcl: [],
      ready: async () => [],
      api: [],
    });
    await expect(server.listen()).rejects.toThrow(
      `PATCHCORD_HTTP (http) 127.0.0.1:${port}: the port is taken`,
    );
    await server.close();
    other.close();
  });
});

describe("closing", () => {
  test("lets a request finish", async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow: FastifyPluginAsync = async (app) => {
      app.get("/slow", { config: { scope: "read" } }, async () => {
        started.resolve();
        await release.promise;
        return { done: true };
      });
    };
    const http = await startServer({ api: [slow] });
    const answer = http.call("/api/v1/slow");
    await started.promise;
    const closed = http.server.close();
    release.resolve();
    expect((await answer).body).toEqual({ done: true });
    await closed;
    await expect(fetch(`${http.url}/healthz`)).rejects.toThrow("fetch failed");
  });

  test("cuts what does not finish in time, and is done", async () => {
    const started = Promise.withResolvers<void>();
    const stuck: FastifyPluginAsync = async (app) => {
      app.get("/stuck", { config: { scope: "read" } }, async () => {
        started.resolve();
        await new Promise(() => undefined);
      });
    };
    const http = await startServer({ api: [stuck] });
    const answer = http.call("/api/v1/stuck");
    const cut = answer.then(
      () => "answered",
      () => "cut",
    );
    await started.promise;
    await http.server.close(50);
    expect(await cut).toBe("cut");
    await http.server.close();
  });
});

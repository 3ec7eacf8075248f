import { describe, expect, test } from "vitest";
import { decodeJwt } from "jose";
import { adminToken } from "../../fakes/http.ts";
import { channelEvent, restWorld } from "../../fakes/rest.ts";
import { FakeDevice, ringEvents, ringRequest } from "../../fakes/web-users.ts";

const path = "/api/v1/webclients";

describe("POST /webclients/tokens", () => {
  test("makes a token, and says where to take it", async () => {
    await using world = await restWorld({
      iceServers: [{ urls: ["turn:t.example"], secret: "north" }, { urls: ["stun:s.example"] }],
    });
    const made = await world.call(`${path}/tokens`, {
      method: "POST",
      json: { user: "1001", displayName: "Ann 张三", ttlSeconds: 60 },
    });
    const expiresAt = world.clock.now() + 60_000;
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      token: expect.any(String),
      expiresAt,
      url: `ws://127.0.0.1:${world.http.port}/rtc`,
      phone: `${world.http.url}/phone#token=${made.body.token}`,
      iceServers: [
        { urls: ["turn:t.example"], username: `${expiresAt / 1000}:1001`, credential: expect.any(String) },
        { urls: ["stun:s.example"] },
      ],
    });
    expect(await world.webTokens.verify(made.body.token)).toEqual({
      user: "1001",
      displayName: "Ann 张三",
      expiresAt,
    });
    expect(world.http.lines()).not.toContain(made.body.token);
    expect(made.text).not.toContain("north");
  });

  test("lasts a day and shows the number unless told otherwise", async () => {
    await using world = await restWorld();
    const { body } = await world.call(`${path}/tokens`, { method: "POST", json: { user: "1001" } });
    expect(body.expiresAt).toBe(world.clock.now() + 86_400_000);
    expect(decodeJwt(body.token)).toMatchObject({ name: "01001" });
  });

  test.for<[string, Record<string, string>, string, string]>([
    [
      "the host that the client asked",
      { host: "phone.example" },
      "ws://phone.example",
      "http://phone.example",
    ],
    ["an IPv6 host", { host: "[2001:db8::1]:80" }, "ws://[2001:db8::1]:80", "http://[2001:db8::1]:80"],
    [
      "the scheme of a proxy before us",
      { host: "phone.example", "x-forwarded-proto": "https" },
      "wss://phone.example",
      "https://phone.example",
    ],
  ])("names %s", async ([, headers, socket, page]) => {
    await using world = await restWorld();
    const { body } = await post(world, headers);
    expect(body).toMatchObject({
      url: `${socket}/rtc`,
      phone: `${page}/phone#token=${String(body["token"])}`,
    });
  });

  test("refuses a host that is none", async () => {
    await using world = await restWorld();
    for (const host of ["a b", "a/b", "a@b", "evil.example#"]) {
      expect(await post(world, { host })).toMatchObject({ status: 400 });
    }
  });

  test.for<[string, unknown, string]>([
    ["no user", {}, "invalid-request"],
    ["a user that is no number", { user: "ann" }, "invalid-request"],
    ["a user of 21 digits", { user: "1".repeat(21) }, "invalid-request"],
    ["an empty name", { user: "1", displayName: "" }, "invalid-request"],
    ["a name of blanks", { user: "1", displayName: "  " }, "invalid-request"],
    ["a line break in the name", { user: "1", displayName: "a\r\nb" }, "unsafe-text"],
    ["a life of no time", { user: "1", ttlSeconds: 0 }, "invalid-request"],
    ["a life longer than a key's", { user: "1", ttlSeconds: 604_801 }, "invalid-request"],
    ["something unknown", { user: "1", admin: true }, "invalid-request"],
  ])("%s is refused", async ([, json, code]) => {
    await using world = await restWorld();
    expect(await world.call(`${path}/tokens`, { method: "POST", json })).toMatchObject({
      status: 400,
      body: { code },
    });
  });

  test("its token opens nothing of the API", async () => {
    await using world = await restWorld();
    const { body } = await world.call(`${path}/tokens`, { method: "POST", json: { user: "1001" } });
    for (const route of ["/api/v1/nodes", path, "/api/v1/tokens", "/api/v1/webclients/keys"]) {
      expect((await world.call(route, { token: body.token })).status).toBe(401);
    }
  });
});

/** With headers that fetch does not let one choose. */
async function post(
  world: Awaited<ReturnType<typeof restWorld>>,
  headers: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { request } = await import("node:http");
  const sent = request({
    port: world.http.port,
    host: "127.0.0.1",
    path: `${path}/tokens`,
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json", ...headers },
  });
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    body: Record<string, unknown>;
  }>();
  sent.on("error", reject);
  sent.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>,
      }),
    );
  });
  sent.end(JSON.stringify({ user: "1001" }));
  return promise;
}

describe("GET /webclients", () => {
  test("lists who is online, where, and in which call", async () => {
    await using world = await restWorld();
    world.invitations.connect(new FakeDevice("session-of-ann", "1001", "Ann"));
    world.invitations.connect(new FakeDevice("session-of-bob", "1002", "Bob"));
    const ringing = world.invitations.ring(ringRequest("1001"), ringEvents([]));
    world.invitations.accept("session-of-ann", ringing.id, { sdp: "x" });
    world.webUsers.set("ref-1", { number: "01001", name: "Ann" });
    world.traces.open(
      { reference: "ref-1", invitation: ringing.id, user: "1001", direction: "to-web-user" },
      () => ({ sip: null, web: null, far: null }),
    );
    const event = channelEvent("CHANNEL_CREATE", "uuid-1", 1);
    world.calls.apply({ ...event, channel: { ...event.channel, reference: "ref-1" } });
    const [call] = world.calls.list();

    const list = await world.call(path);
    expect(list.body).toEqual({
      items: [
        {
          user: "1001",
          displayName: "Ann",
          node: "gateway",
          devices: [{ id: expect.any(String), connectedAt: world.clock.now() }],
          invitations: [
            {
              id: ringing.id,
              direction: "incoming",
              state: "acceptSent",
              from: { number: "1002", name: "Bob" },
              to: "01001",
              startedAt: world.clock.now(),
              device: list.body.items[0].devices[0].id,
              call: call?.id,
            },
          ],
        },
        {
          user: "1002",
          displayName: "Bob",
          node: "gateway",
          devices: [{ id: expect.any(String), connectedAt: world.clock.now() }],
          invitations: [],
        },
      ],
      next: null,
    });
    expect(list.text).not.toContain("session-of");
  });

  test("goes page by page", async () => {
    await using world = await restWorld();
    for (const user of ["3", "1", "2"]) world.invitations.connect(new FakeDevice(`s${user}`, user));
    const first = await world.call(`${path}?limit=2`);
    const second = await world.call(`${path}?limit=2&cursor=${first.body.next}`);
    const users = [...first.body.items, ...second.body.items].map((one: { user: string }) => one.user);
    expect(users).toEqual(["1", "2", "3"]);
  });
});

describe("/webclients/keys", () => {
  test("a new one signs; tokens of the one before stay valid, those before it do not", async () => {
    await using world = await restWorld();
    expect((await world.call(`${path}/keys`)).body).toEqual({ items: [], next: null });
    const { token } = await world.webTokens.issue({ user: "1001" });
    const first = await world.call(`${path}/keys`, { method: "POST" });
    expect(first).toMatchObject({ status: 201, body: { id: expect.any(String), signs: true } });
    await expect(world.webTokens.verify(token)).resolves.toMatchObject({ user: "1001" });
    const second = await world.call(`${path}/keys`, { method: "POST" });
    const keys = await world.call(`${path}/keys`);
    expect(keys.body.items).toEqual([second.body, { ...first.body, signs: false }]);
    expect(keys.text).not.toMatch(/secret/);
    await expect(world.webTokens.verify(token)).rejects.toMatchObject({ code: "unauthorized" });
  });
});

import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import { EventLog } from "../../../src/core/events/index.ts";
import { eventsPlugin, type EventsDependencies } from "../../../src/edge/events/index.ts";
import { adminToken, newAccess, startServer, type RunningServer } from "../../fakes/http.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";

interface Client {
  readonly socket: WebSocket;
  /** The next frame. */
  next(): Promise<Record<string, unknown>>;
  closed: Promise<{ code: number; reason: string }>;
}

async function connect(http: RunningServer, query: string, options: ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(`${http.url.replace("http", "ws")}/api/v1/events${query}`, options);
  const frames: Record<string, unknown>[] = [];
  const waiting: ((frame: Record<string, unknown>) => void)[] = [];
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
    const waiter = waiting.shift();
    if (waiter) waiter(frame);
    else frames.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, "open");
  return {
    socket,
    closed,
    next() {
      const frame = frames.shift();
      return frame ? Promise.resolve(frame) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** Status and problem document of a refused upgrade. */
function refused(
  http: RunningServer,
  query: string,
  options: ClientOptions = {},
): Promise<{ status: number; body: { code: string } }> {
  const socket = new WebSocket(`${http.url.replace("http", "ws")}/api/v1/events${query}`, options);
  return new Promise((resolve, reject) => {
    socket.on("open", () => reject(new Error("it was opened")));
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as { code: string },
        }),
      );
    });
  });
}

async function world(options: Partial<EventsDependencies> & { capacity?: number } = {}) {
  const clock = new ManualClock();
  const events = new EventLog({ epoch: "e1", capacity: options.capacity ?? 100 });
  const access = newAccess();
  const http = await startServer({ access, api: [eventsPlugin({ events, clock, ...options })] });
  let count = 0;
  return {
    clock,
    events,
    http,
    access,
    happen: (type: string, data: Record<string, unknown> = {}) => {
      count += 1;
      return events.publish({ type, time: count, node: null, data });
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

const token = `token=${adminToken}`;

describe("GET /events", () => {
  test("sends what happens from the moment it is open, as interface.md writes it", async () => {
    await using one = await world();
    one.happen("call.created");
    const client = await connect(one.http, `?${token}`);
    one.happen("call.answered", { call: "c1", name: "张三" });
    expect(await client.next()).toEqual({
      id: "e1-2",
      time: 2,
      type: "call.answered",
      node: null,
      data: { call: "c1", name: "张三" },
    });
    client.socket.close();
  });

  test("only the types asked for; raw switch events only by name", async () => {
    await using one = await world();
    const calls = await connect(one.http, `?${token}&types=call.*,node.up`);
    const all = await connect(one.http, `?${token}`);
    const raw = await connect(one.http, `?${token}&types=switch.HEARTBEAT`);
    for (const type of ["registration.online", "switch.HEARTBEAT", "node.up", "call.ended"]) one.happen(type);
    expect(await calls.next()).toMatchObject({ type: "node.up" });
    expect(await calls.next()).toMatchObject({ type: "call.ended" });
    expect(await raw.next()).toMatchObject({ type: "switch.HEARTBEAT" });
    expect(await all.next()).toMatchObject({ type: "registration.online" });
    expect(await all.next()).toMatchObject({ type: "node.up" });
  });

  test("replays what came after since, then goes on, each once", async () => {
    await using one = await world();
    for (let at = 0; at < 5; at += 1) one.happen("call.created", { at });
    const client = await connect(one.http, `?${token}&since=e1-3`);
    one.happen("call.created", { at: 5 });
    expect([await client.next(), await client.next(), await client.next()].map(({ id }) => id)).toEqual([
      "e1-4",
      "e1-5",
      "e1-6",
    ]);
  });

  test.for([
    ["that is no longer held", "e1-1"],
    ["of another start", "e0-7"],
    ["that was never given out", "e1-99"],
  ])("says gap before anything else for an id %s", async ([, since]) => {
    await using one = await world({ capacity: 3 });
    for (let at = 0; at < 6; at += 1) one.happen("call.created");
    const client = await connect(one.http, `?${token}&since=${since}`);
    expect(await client.next()).toEqual({ type: "events.gap", gap: true, since });
    expect((await client.next())["id"]).toBe("e1-4");
  });

  test("a replay larger than the socket's buffer arrives whole", async () => {
    await using one = await world({ capacity: 20_000, limits: { socketBytes: 1024, waiting: 10 } });
    for (let at = 0; at < 20_000; at += 1) one.happen("call.created", { at, filler: "x".repeat(100) });
    const client = await connect(one.http, `?${token}&since=e1-0`);
    const ids: unknown[] = [];
    for (let at = 1; at <= 20_000; at += 1) ids.push((await client.next())["id"]);
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, at) => `e1-${at + 1}`));
    client.socket.close();
    expect((await client.closed).code).toBe(1005);
  });

  test("a client that does not read is sent away with 1013, the others go on", async () => {
    await using one = await world({ limits: { socketBytes: 64 * 1024, waiting: 100 } });
    const slow = await connect(one.http, `?${token}`);
    const quick = await connect(one.http, `?${token}`);
    slow.socket.pause();
    const filler = "x".repeat(100_000);
    for (let at = 0; at < 400; at += 1) {
      one.happen("call.created", { at, filler });
      expect((await quick.next())["data"]).toMatchObject({ at });
    }
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 1013, reason: "too slow: reconnect with since" });
    one.happen("call.ended");
    expect(await quick.next()).toMatchObject({ type: "call.ended" });
  });

  test("one that does not even read its dismissal is cut", async () => {
    await using one = await world({ limits: { socketBytes: 64 * 1024, waiting: 100 } });
    const slow = await connect(one.http, `?${token}`);
    slow.socket.pause();
    const filler = "x".repeat(100_000);
    for (let at = 0; at < 400; at += 1) one.happen("call.created", { at, filler });
    expect(one.clock.pending).toEqual([5_000, 30_000]);
    one.clock.advance(5_000);
    slow.socket.resume();
    expect((await slow.closed).code).toBe(1006);
  });

  test("is pinged, and dropped when it answers no ping", async () => {
    await using one = await world({ heartbeat: 1000 });
    const client = await connect(one.http, `?${token}`, { autoPong: false });
    const pinged = once(client.socket, "ping");
    one.clock.advance(1000);
    await pinged;
    one.clock.advance(1000);
    expect((await client.closed).code).toBe(1006);
  });

  test("one that answers pings stays", async () => {
    await using one = await world({ heartbeat: 1000 });
    const client = await connect(one.http, `?${token}`);
    for (let beat = 0; beat < 3; beat += 1) {
      const pinged = once(client.socket, "ping");
      one.clock.advance(1000);
      await pinged;
      // The answer to our own ping comes back after the answer to the server's.
      const answered = once(client.socket, "pong");
      client.socket.ping();
      await answered;
    }
    one.happen("node.up");
    expect(await client.next()).toMatchObject({ type: "node.up" });
  });

  test("is sent away once its token is revoked", async () => {
    await using one = await world({ heartbeat: 1000 });
    const made = await one.access.create({ name: "watcher", scopes: ["read"] });
    const client = await connect(one.http, "", { headers: { authorization: `Bearer ${made.token}` } });
    await one.access.remove(made.id);
    one.clock.advance(1000);
    expect((await client.closed).code).toBe(1008);
  });

  test("ends with 1001 when the server stops", async () => {
    await using one = await world();
    const client = await connect(one.http, `?${token}`);
    await one.http.server.close();
    expect((await client.closed).code).toBe(1001);
  });

  test("a client that ignores the end does not keep the server from stopping", async () => {
    await using one = await world();
    const client = await connect(one.http, `?${token}`);
    client.socket.pause();
    await one.http.server.close(50);
    client.socket.resume();
    await client.closed;
    await expect(fetch(one.http.url)).rejects.toThrow("fetch failed");
  });

  test("leaves nothing behind when the client goes", async () => {
    await using one = await world();
    const client = await connect(one.http, `?${token}`);
    expect(one.clock.pending).toEqual([30_000]);
    client.socket.terminate();
    await expect.poll(() => one.clock.pending).toEqual([]);
  });

  test.for<[string, string, ClientOptions, number, string]>([
    ["without a token", "", {}, 401, "unauthorized"],
    ["with a wrong one", "?token=wrong", {}, 401, "unauthorized"],
    ["with two", `?${token}&${token}`, {}, 401, "unauthorized"],
    ["with types that are none", `?${token}&types=call.*%20or`, {}, 400, "invalid-request"],
    ["with an id that is none", `?${token}&since=now`, {}, 400, "invalid-request"],
    ["with a line break in it", `?${token}&since=a%0d%0ab`, {}, 400, "unsafe-text"],
    ["with an unknown parameter", `?${token}&type=call.*`, {}, 400, "invalid-request"],
  ])("is refused %s, by a problem document", async ([, query, options, status, code]) => {
    await using one = await world();
    expect(await refused(one.http, query, options)).toMatchObject({ status, body: { code } });
  });

  test("is refused without the scope", async () => {
    await using one = await world();
    const made = await one.access.create({ name: "dialler", scopes: ["calls"] });
    expect(await refused(one.http, `?token=${made.token}`)).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
  });

  test("read by plain HTTP says what it is", async () => {
    await using one = await world();
    expect(await one.http.call("/api/v1/events")).toMatchObject({
      status: 426,
      body: { code: "upgrade-required" },
    });
  });

  test("its token is logged nowhere", async () => {
    await using one = await world();
    const client = await connect(one.http, `?${token}`);
    client.socket.close();
    await client.closed;
    await refused(one.http, `?${token}&since=now`);
    expect(one.http.lines()).toContain("/api/v1/events");
    expect(one.http.lines()).not.toContain(adminToken);
  });

  test("a giant frame from the client closes only its own connection", async () => {
    await using one = await world();
    const client = await connect(one.http, `?${token}`);
    const other = await connect(one.http, `?${token}`);
    client.socket.send("x".repeat(100_000));
    expect((await client.closed).code).toBe(1009);
    one.happen("node.up");
    expect(await other.next()).toMatchObject({ type: "node.up" });
  });
});

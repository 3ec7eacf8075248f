import { getEventListeners, once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Patchcord, PatchcordError, type EventMessage } from "../../../src/client/sdk/index.ts";
import { EventLog } from "../../../src/core/events/index.ts";
import { eventsPlugin } from "../../../src/edge/events/index.ts";
import { adminToken, startServer } from "../../fakes/http.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";
import { channelEvent, node, restWorld } from "../../fakes/rest.ts";

const clientOf = ({ url }: { url: string }, token = adminToken): Patchcord => new Patchcord({ url, token });

const failureOf = async (promise: Promise<unknown>): Promise<PatchcordError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PatchcordError)) throw new Error("it did not fail with a PatchcordError");
  return error;
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Some other HTTP server, at the address where Patchcord was expected. */
async function stranger(
  answer: (end: (status: number, body: string) => void) => void,
): Promise<{ url: string }> {
  const server = createServer((_request, response) => {
    answer((status, body) => response.writeHead(status).end(body));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/` };
}

describe("the typed client", () => {
  test("provisions, lists all pages, changes and removes", async () => {
    await using world = await restWorld();
    const client = clientOf(world.http);
    const { credentials } = await client.createExtensions({ from: 1000, to: 2599 });
    expect(credentials).toHaveLength(1599);
    const all = await Array.fromAsync(client.all((page) => client.extensions(page)));
    expect(all.map(({ number }) => number)).toEqual(
      Array.from({ length: 1600 }, (_, at) => String(1000 + at)),
    );
    expect((await client.updateExtension("1001", { displayName: "张三" })).displayName).toBe("张三");
    expect((await client.replaceExtension("1001", {})).displayName).toBe("1001");
    await client.removeExtension("1001");
    expect(await failureOf(client.extension("1001"))).toMatchObject({
      code: "extension-not-found",
      status: 404,
    });
  });

  test("dials, lists, and waits for verbs", async () => {
    await using world = await restWorld();
    const client = clientOf(world.http);
    expect(await client.dial({ from: "1001", to: { app: "echo" } })).toEqual({ id: "01CALL" });
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
    const [call] = (await client.calls()).items;
    expect(call).toMatchObject({ state: "ringing", legs: [{ uuid: "leg-a" }] });
    expect(await client.perform(call?.id ?? "", "hold", { leg: "leg-a" })).toMatchObject({
      operation: "op-1",
    });
    world.service.perform = async (id) => {
      world.events.publish({ type: "call.held", time: 1, node, data: { call: id, operation: "op-2" } });
      return { operation: "op-2", call: id };
    };
    expect((await client.performAndWait(call?.id ?? "", "hold", {}, 5)).timeline).toHaveLength(1);
  });

  test("an id is one part of the path, whatever it holds", async () => {
    await using world = await restWorld();
    const error = await failureOf(clientOf(world.http).call("../tokens?x=1#y"));
    expect(error).toMatchObject({ code: "call-not-found" });
  });

  test("says what was wrong, member by member", async () => {
    await using world = await restWorld();
    const error = await failureOf(
      clientOf(world.http).createExtension({ number: "1001", voicemail: {} } as never),
    );
    expect(error).toMatchObject({
      code: "invalid-request",
      status: 400,
      errors: [{ path: "body/voicemail" }],
    });
    expect(error.message).toContain("invalid-request");
  });

  test("keeps the members that some failures add", async () => {
    await using world = await restWorld();
    await clientOf(world.http).createExtension({ number: "1001" });
    const error = await failureOf(clientOf(world.http).createExtension({ number: "1001" }));
    expect(error.problem).toMatchObject({ numbers: ["1001"] });
  });
});

describe("where Patchcord is not", () => {
  test("nothing listens", async () => {
    const { url } = await stranger(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    const error = await failureOf(clientOf({ url }).nodes());
    expect(error).toMatchObject({ code: "unreachable", status: 0 });
    expect(error.detail).toContain("ECONNREFUSED");
  });

  test("something else answers", async () => {
    for (const [status, body] of [
      [200, "<html>hello</html>"],
      [404, '{"error":"nope"}'],
      [500, ""],
    ] as const) {
      const error = await failureOf(clientOf(await stranger((end) => end(status, body))).nodes());
      expect(error).toMatchObject({ code: "not-patchcord", status });
    }
  });

  test("nobody answers in time", async () => {
    const { url } = await stranger(() => undefined);
    const client = new Patchcord({ url, token: "x", timeout: 20 });
    expect(await failureOf(client.nodes())).toMatchObject({ code: "timeout" });
  });

  test("the caller gives up", async () => {
    const { url } = await stranger(() => undefined);
    const abort = new AbortController();
    const asked = clientOf({ url }).nodes({}, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });

  test("a redirect is not followed: the token is for nobody else", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:9/" }).end();
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    expect(await failureOf(clientOf({ url }).nodes())).toMatchObject({ code: "unreachable" });
  });
});

const next = async (events: AsyncGenerator<EventMessage, void, undefined>): Promise<EventMessage> => {
  const { value, done } = await events.next();
  if (done === true || value === undefined) throw new Error("the events ended");
  return value;
};

describe("events", () => {
  test("arrive as they happen, and end with the signal", async () => {
    await using world = await restWorld();
    const abort = new AbortController();
    const opened = Promise.withResolvers<void>();
    const events = clientOf(world.http).events({
      types: "node.*",
      signal: abort.signal,
      opened: () => opened.resolve(),
    });
    const first = next(events);
    await opened.promise;
    world.events.publish({ type: "call.created", time: 1, node: null, data: {} });
    world.events.publish({ type: "node.up", time: 2, node, data: { a: 1 } });
    expect(await first).toEqual({ id: "e1-2", type: "node.up", time: 2, node, data: { a: 1 } });
    const end = events.next();
    abort.abort();
    expect(await end).toEqual({ done: true, value: undefined });
  });

  test("go on after the server was away, without loss or repetition", async () => {
    const log = new EventLog({ epoch: "e1", capacity: 100 });
    const clock = new ManualClock();
    const api = [eventsPlugin({ events: log, clock })];
    const first = await startServer({ api });
    const { signal } = new AbortController();
    const events = clientOf(first).events({ since: "e1-0", signal });
    log.publish({ type: "node.up", time: 1, node, data: {} });
    expect(await next(events)).toMatchObject({ id: "e1-1" });
    const second = next(events);
    await first.server.close();
    log.publish({ type: "node.down", time: 2, node, data: {} });
    log.publish({ type: "node.up", time: 3, node, data: {} });
    await using again = await startServer({ api, http: { host: "127.0.0.1", port: first.port } });
    expect(await second).toMatchObject({ id: "e1-2" });
    expect(await next(events)).toMatchObject({ id: "e1-3" });
    // Of a pause that is over nothing is left.
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await events.return();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(again.port).toBe(first.port);
  });

  test("a connection lost before its first event is told as a gap", async () => {
    const log = new EventLog({ epoch: "e1", capacity: 100 });
    const api = [eventsPlugin({ events: log, clock: new ManualClock() })];
    const first = await startServer({ api });
    let opened = Promise.withResolvers<void>();
    const events = clientOf(first).events({ opened: () => opened.resolve() });
    const frame = next(events);
    await opened.promise;
    opened = Promise.withResolvers<void>();
    await first.server.close();
    await using again = await startServer({ api, http: { host: "127.0.0.1", port: first.port } });
    await opened.promise;
    log.publish({ type: "node.up", time: 1, node, data: {} });
    expect(await frame).toEqual({ type: "events.gap", gap: true, since: "" });
    expect(await next(events)).toMatchObject({ id: "e1-1" });
    await events.return();
    expect(again.port).toBe(first.port);
  });

  test("a slow consumer holds a bounded number of frames, and loses none", async () => {
    const log = new EventLog({ epoch: "e1", capacity: 20_000 });
    await using http = await startServer({ api: [eventsPlugin({ events: log, clock: new ManualClock() })] });
    const closed = Promise.withResolvers<void>();
    vi.stubGlobal(
      "WebSocket",
      class extends WebSocket {
        constructor(url: string) {
          super(url);
          this.addEventListener("close", () => closed.resolve());
        }
      },
    );
    const total = 10_500;
    for (let count = 0; count < total; count += 1)
      log.publish({ type: "node.up", time: 1, node, data: { count } });
    const events = clientOf(http).events({ since: "e1-0" });
    const ids = [await next(events)];
    await closed.promise;
    vi.unstubAllGlobals();
    while (ids.length < total) ids.push(await next(events));
    expect(ids.map((frame) => ("id" in frame ? frame.id : "gap"))).toEqual(
      Array.from({ length: total }, (_, at) => `e1-${at + 1}`),
    );
    await events.return();
  });

  test("a gap is told", async () => {
    await using world = await restWorld();
    world.events.publish({ type: "node.up", time: 1, node, data: {} });
    const events = clientOf(world.http).events({ since: "e0-5" });
    expect(await next(events)).toEqual({ type: "events.gap", gap: true, since: "e0-5" });
    expect(await next(events)).toMatchObject({ id: "e1-1" });
    await events.return();
  });

  test.for<[string, string, { types?: string; since?: string }, string]>([
    ["a wrong token", "wrong", {}, "unauthorized"],
    ["types that are none", adminToken, { types: "call.* or" }, "invalid-request"],
    ["an id that is none", adminToken, { since: "now" }, "invalid-request"],
  ])("%s ends them with the failure", async ([, token, options, code]) => {
    await using world = await restWorld();
    const events = clientOf(world.http, token).events(options);
    expect(await failureOf(events.next())).toMatchObject({ code });
  });

  test("a server that is not there ends them with the failure", async () => {
    const { url } = await stranger(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    expect(await failureOf(clientOf({ url }).events().next())).toMatchObject({ code: "unreachable" });
  });
});

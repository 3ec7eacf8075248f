import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { Failure } from "../../../src/base/index.ts";
import { CallRecord } from "../../../src/core/calls/call.ts";
import { adminToken } from "../../fakes/http.ts";
import { channelEvent, node, restWorld } from "../../fakes/rest.ts";

const path = "/api/v1/calls";
const post = (json: unknown): { method: string; json: unknown } => ({ method: "POST", json });

describe("POST /calls", () => {
  test("is accepted with the call's id", async () => {
    await using world = await restWorld();
    const body = {
      from: "1001",
      to: "1002",
      callerIdName: "张",
      timeoutSeconds: 20,
      variables: { my_var: "a b" },
    };
    const answer = await world.call(path, post(body));
    expect(answer).toMatchObject({ status: 202, body: { id: "01CALL" } });
    expect(answer.headers.get("location")).toBe(`${path}/01CALL`);
    expect(world.asked).toEqual([["dial", body]]);
  });

  test("sides may be applications", async () => {
    await using world = await restWorld();
    for (const to of [{ app: "echo" }, { app: "park" }, { app: "conference", room: "3001" }]) {
      expect((await world.call(path, post({ from: "1001", to }))).status).toBe(202);
    }
  });

  test("what the core refuses keeps its code", async () => {
    await using world = await restWorld();
    world.service.dial = async () => {
      throw new Failure("extension-not-found", "1009 is not provisioned");
    };
    expect(await world.call(path, post({ from: "1009", to: "1002" }))).toMatchObject({
      status: 404,
      body: { code: "extension-not-found", detail: "1009 is not provisioned" },
    });
  });

  const good = { from: "1001", to: "1002" };
  test.for<[string, unknown, string]>([
    ["no callee", { from: "1001" }, "invalid-request"],
    ["a number that is none", { from: 1001, to: "1002" }, "invalid-request"],
    ["an unknown application", { from: "1001", to: { app: "system" } }, "invalid-request"],
    ["a conference without a room", { from: "1001", to: { app: "conference" } }, "invalid-request"],
    [
      "a room that says more",
      { from: "1001", to: { app: "conference", room: "a+flags{moderator}" } },
      "invalid-request",
    ],
    ["an application with more", { from: "1001", to: { app: "echo", data: "x" } }, "invalid-request"],
    ["an unknown member", { ...good, codec: "PCMU" }, "invalid-request"],
    ["a variable whose name ends the list", { ...good, variables: { "a}b": "1" } }, "invalid-request"],
    ["digits that are none", { ...good, dtmfAfterAnswer: "1;2" }, "invalid-request"],
    ["a timeout of an hour", { ...good, timeoutSeconds: 3600 }, "invalid-request"],
    ["CR LF in from", { from: "1001\r\nbgapi x", to: "1002" }, "unsafe-text"],
    ["CR LF in to", { from: "1001", to: "1002\r\n\r\nbgapi x" }, "unsafe-text"],
    ["CR LF in a room", { from: "1001", to: { app: "conference", room: "1\r\n2" } }, "unsafe-text"],
    ["CR LF in the caller's name", { ...good, callerIdName: "a\r\nb" }, "unsafe-text"],
    ["CR LF in the caller's number", { ...good, callerIdNumber: "1\r\n2" }, "unsafe-text"],
    ["CR LF in the digits", { ...good, dtmfAfterAnswer: "1\r\n" }, "unsafe-text"],
    ["CR LF in a variable", { ...good, variables: { a: "1\r\n2" } }, "unsafe-text"],
    ["CR LF in a variable's name", { ...good, variables: { "a\r\nb": "1" } }, "unsafe-text"],
    ["CR LF in the node", { ...good, node: "a\r\nb" }, "unsafe-text"],
  ])("%s is refused before anybody is asked", async ([, json, code]) => {
    await using world = await restWorld();
    expect(await world.call(path, post(json))).toMatchObject({ status: 400, body: { code } });
    expect(world.asked).toEqual([]);
  });
});

describe("GET /calls", () => {
  test("lists those that live, the latest first; others where asked for", async () => {
    await using world = await restWorld();
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-b", 2));
    world.calls.apply(
      channelEvent("CHANNEL_HANGUP_COMPLETE", "leg-a", 3, { cause: "USER_BUSY", callState: "HANGUP" }),
    );
    const list = async (query: string) =>
      (await world.call(`${path}${query}`)).body.items as { state: string; cause: string | null }[];
    expect(await list("")).toMatchObject([{ state: "ringing", legs: [{ uuid: "leg-b" }] }]);
    expect(await list("?state=ended")).toMatchObject([{ state: "ended", cause: "USER_BUSY" }]);
    expect(await list("?state=all")).toHaveLength(2);
    expect(await list("?state=held")).toEqual([]);
    expect((await world.call(`${path}?state=gone`)).status).toBe(400);
  });

  test("pages, each once, while calls come and go", async () => {
    await using world = await restWorld();
    for (let at = 0; at < 9; at += 1) world.calls.apply(channelEvent("CHANNEL_CREATE", `leg-${at}`, at + 1));
    const first = (await world.call(`${path}?limit=4`)).body;
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-new", 20));
    const second = (await world.call(`${path}?limit=4&cursor=${first.next}`)).body;
    const third = (await world.call(`${path}?limit=4&cursor=${second.next}`)).body;
    const ids = [...first.items, ...second.items, ...third.items].map(({ id }: { id: string }) => id);
    expect(ids).toHaveLength(9);
    expect(new Set(ids).size).toBe(9);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect(third.next).toBeNull();
  });

  test("shows the calls of the page, and no view is made of another", async () => {
    await using world = await restWorld();
    for (let at = 0; at < 9; at += 1) world.calls.apply(channelEvent("CHANNEL_CREATE", `leg-${at}`, at + 1));
    const views = vi.spyOn(CallRecord.prototype, "view");
    try {
      expect((await world.call(`${path}?state=all&limit=2`)).body.items).toHaveLength(2);
      expect(views).toHaveBeenCalledTimes(2);
    } finally {
      views.mockRestore();
    }
  });

  test("one by its id or a leg's uuid, with its timeline", async () => {
    await using world = await restWorld();
    world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
    world.calls.apply(channelEvent("CHANNEL_ANSWER", "leg-a", 2, { callState: "ACTIVE" }));
    const byLeg = await world.call(`${path}/leg-a`);
    expect(byLeg).toMatchObject({
      status: 200,
      body: {
        state: "active",
        node,
        from: { number: "1001", name: "One" },
        to: { number: "1002" },
        legs: [{ uuid: "leg-a", direction: "inbound" }],
      },
    });
    expect(byLeg.body.timeline.map(({ type }: { type: string }) => type)).toEqual([
      "call.created",
      "call.answered",
    ]);
    expect((await world.call(`${path}/${byLeg.body.id}`)).body).toEqual(byLeg.body);
    expect(await world.call(`${path}/nothing`)).toMatchObject({
      status: 404,
      body: { code: "call-not-found" },
    });
  });
});

describe("POST /calls/ID/VERB", () => {
  test.for<[string, unknown]>([
    ["hangup", { cause: "USER_BUSY" }],
    ["hangup", {}],
    ["answer", {}],
    ["hold", { leg: "leg-a" }],
    ["resume", {}],
    ["transfer", { leg: "leg-a", to: "1003" }],
    ["bridge", { with: "other" }],
    ["park", {}],
    ["dtmf", { digits: "12#*ABCDw" }],
  ])("%s %j is handed on", async ([verb, json]) => {
    await using world = await restWorld();
    const answer = await world.call(`${path}/c1/${verb}`, post(json));
    expect(answer).toMatchObject({ status: 202, body: { operation: "op-1", call: "c1" } });
    expect(world.asked).toEqual([["c1", { verb, ...(json as object) }]]);
  });

  test.for([
    ["no body", {}],
    ["an empty JSON body", { headers: { "content-type": "application/json" }, body: "" }],
  ] as const)("%s will do where nothing must be said", async ([, init]) => {
    await using world = await restWorld();
    expect((await world.call(`${path}/c1/park`, { method: "POST", ...init })).status).toBe(202);
    expect((await world.call(`${path}/c1/transfer`, { method: "POST", ...init })).body).toMatchObject({
      code: "invalid-request",
      errors: [{ path: "body/to", message: "is missing" }],
    });
  });

  test.for<[string, unknown, string]>([
    ["hangup", { cause: "user busy" }, "invalid-request"],
    ["hangup", { cause: "A\r\nB" }, "unsafe-text"],
    ["hold", { leg: "a\r\nb" }, "unsafe-text"],
    ["resume", { leg: "a\nb" }, "unsafe-text"],
    ["transfer", { to: "1003\r\nbgapi x" }, "unsafe-text"],
    ["transfer", { to: "" }, "invalid-request"],
    ["bridge", {}, "invalid-request"],
    ["bridge", { with: "a\rb" }, "unsafe-text"],
    ["dtmf", { digits: "hello" }, "invalid-request"],
    ["dtmf", { digits: "1\n" }, "unsafe-text"],
    ["answer", { leg: "a" }, "invalid-request"],
    ["park", { slot: "1" }, "invalid-request"],
  ])("%s %j is refused before anybody is asked", async ([verb, json, code]) => {
    await using world = await restWorld();
    expect(await world.call(`${path}/c1/${verb}`, post(json))).toMatchObject({ status: 400, body: { code } });
    expect(world.asked).toEqual([]);
  });

  test("a line break in the id is refused", async () => {
    await using world = await restWorld();
    expect(await world.call(`${path}/a%0d%0ab/park`, post({}))).toMatchObject({
      status: 400,
      body: { code: "unsafe-text" },
    });
  });

  test("an unknown verb is 404", async () => {
    await using world = await restWorld();
    expect(await world.call(`${path}/c1/explode`, post({}))).toMatchObject({
      status: 404,
      body: { code: "not-found" },
    });
  });

  test("one that does not fit says the state and what is allowed", async () => {
    await using world = await restWorld();
    world.service.perform = async () => {
      throw new Failure("verb-not-allowed", "a call that rings cannot be held", {
        state: "ringing",
        allowed: ["hangup"],
      });
    };
    expect(await world.call(`${path}/c1/hold`, post({}))).toMatchObject({
      status: 409,
      body: { code: "verb-not-allowed", state: "ringing", allowed: ["hangup"] },
    });
  });

  test("DELETE hangs up", async () => {
    await using world = await restWorld();
    expect((await world.call(`${path}/c1`, { method: "DELETE" })).status).toBe(202);
    expect(world.asked).toEqual([["c1", { verb: "hangup" }]]);
  });
});

/** A world with one call in it, whose switch is asked and answers nothing. */
async function withCall() {
  const world = await restWorld();
  world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
  const [call] = world.calls.list();
  const id = call?.id ?? "";
  const asked = Promise.withResolvers<void>();
  world.service.perform = async () => {
    asked.resolve();
    return { operation: "op-7", call: id };
  };
  const tell = (type: string, data: Record<string, unknown>): void =>
    void world.events.publish({ type, time: 1, node, data: { call: id, ...data } });
  /** Resolves once the request waits: its deadline is set. */
  const waiting = async (): Promise<void> => {
    await asked.promise;
    await expect.poll(() => world.clock.pending.length).toBe(1);
  };
  return Object.assign(world, { id, tell, waiting });
}

describe("?wait", () => {
  test("answers 200 with the call after the event of that operation, and no other", async () => {
    await using world = await withCall();
    const answer = world.call(`${path}/${world.id}/hold?wait=5`, post({}));
    await world.waiting();
    world.tell("call.held", { operation: "op-6" });
    world.tell("call.held", {});
    expect(world.clock.pending).toHaveLength(1);
    world.tell("call.held", { operation: "op-7" });
    expect(await answer).toMatchObject({ status: 200, body: { id: world.id, timeline: expect.any(Array) } });
    expect(world.clock.pending).toEqual([]);
  });

  test("an outcome told before the operation's id is known counts", async () => {
    await using world = await withCall();
    world.service.perform = async () => {
      world.tell("call.held", { operation: "op-8" });
      return { operation: "op-8", call: world.id };
    };
    expect((await world.call(`${path}/${world.id}/hold?wait=5`, post({}))).status).toBe(200);
  });

  test("504 when nothing is heard in time", async () => {
    await using world = await withCall();
    const answer = world.call(`${path}/${world.id}/hold?wait=5`, post({}));
    await world.waiting();
    expect(world.clock.pending).toEqual([5_000]);
    world.clock.advance(5_000);
    expect(await answer).toMatchObject({ status: 504, body: { code: "not-confirmed", operation: "op-7" } });
  });

  test("what the switch refused is the failure it named", async () => {
    await using world = await withCall();
    const answer = world.call(`${path}/${world.id}?wait=5`, { method: "DELETE" });
    await world.waiting();
    world.tell("operation.failed", {
      operation: "op-7",
      code: "switch-refused",
      detail: "No such channel!",
      cause: "NORMAL_CLEARING",
    });
    expect(await answer).toMatchObject({
      status: 502,
      body: { code: "switch-refused", detail: "No such channel!", cause: "NORMAL_CLEARING" },
    });
  });

  test("503 when the server stops meanwhile", async () => {
    const world = await withCall();
    const answer = world.call(`${path}/${world.id}/hold?wait=60`, post({}));
    await world.waiting();
    const closed = world[Symbol.asyncDispose]();
    expect(await answer).toMatchObject({ status: 503, body: { code: "shutting-down" } });
    await closed;
  });

  test("nobody waits for a client that has gone", async () => {
    await using world = await withCall();
    const socket = connect(world.http.port, "127.0.0.1");
    socket.write(
      `POST ${path}/${world.id}/hold?wait=60 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\ncontent-length: 0\r\n\r\n`,
    );
    await world.waiting();
    socket.destroy();
    await expect.poll(() => world.clock.pending).toEqual([]);
  });

  test.for(["0", "61", "x", "1.5", ""])("wait=%s is refused", async (wait) => {
    await using world = await restWorld();
    expect(await world.call(`${path}/c1/park?wait=${wait}`, post({}))).toMatchObject({
      status: 400,
      body: { code: "invalid-request" },
    });
    expect(world.asked).toEqual([]);
  });
});

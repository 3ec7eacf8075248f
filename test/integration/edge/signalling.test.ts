import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ending } from "../../../src/core/invitations/index.ts";
import { adminToken } from "../../fakes/http.ts";
import { restWorld } from "../../fakes/rest.ts";
import { online, openRtc, refusedRtc } from "../../fakes/rtc-client.ts";
import { candidate, end, ringEvents, ringRequest } from "../../fakes/web-users.ts";

const invite = { type: "invite", id: "a", to: "1002", sdp: "v=0\r\n", media: "audio" };

describe("GET /rtc", () => {
  test("welcomes a device, with what a browser needs, then says that it is ready", async () => {
    await using world = await restWorld({ iceServers: [{ urls: ["turn:t.example"], secret: "north" }] });
    const { token, expiresAt } = await world.webTokens.issue({ user: "1001", displayName: "Ann 张三" });
    const client = await openRtc(world, token);
    expect(client.socket.protocol).toBe("patchcord.1");
    expect(await client.next()).toEqual({
      type: "welcome",
      user: "1001",
      displayName: "Ann 张三",
      session: expect.stringMatching(/^[\w-]{22}$/),
      iceServers: [
        { urls: ["turn:t.example"], username: `${expiresAt / 1000}:1001`, credential: expect.any(String) },
      ],
      limits: { content: 8192, response: 8192, channelId: 64 },
      expiresAt,
    });
    expect(await client.next()).toEqual({ type: "ready" });
    expect(world.invitations.isOnline("1001")).toBe(true);
  });

  test("takes the token in a header too, and another subprotocol beside ours", async () => {
    await using world = await restWorld();
    const { token } = await world.webTokens.issue({ user: "1001" });
    const socket = new WebSocket(`${world.http.url.replace("http", "ws")}/rtc`, ["soap", "patchcord.1"], {
      headers: { authorization: `Bearer ${token}` },
    });
    await once(socket, "open");
    expect(socket.protocol).toBe("patchcord.1");
    socket.terminate();
  });

  test.for<
    [string, { token?: string | null; protocols?: string[]; header?: string }, number, string, RegExp]
  >([
    ["without a token", { token: null }, 401, "unauthorized", /token=/],
    ["with a wrong one", { token: "a.b.c" }, 401, "unauthorized", /POST \/api\/v1\/webclients\/tokens/],
    ["with the admin token", { token: adminToken }, 401, "unauthorized", /not one that this Patchcord/],
    ["with a header that is none", { token: null, header: "Basic eDp5" }, 401, "unauthorized", /./],
    ["with a bad header beside a good token", { header: "Bearer x" }, 401, "unauthorized", /./],
    ["without a subprotocol", { protocols: [] }, 400, "invalid-request", /patchcord\.1/],
    ["with another subprotocol", { protocols: ["patchcord.2"] }, 400, "invalid-request", /patchcord\.1/],
  ])("is refused %s, by a problem document", async ([, how, status, code, detail]) => {
    await using world = await restWorld();
    const { token } = await world.webTokens.issue({ user: "1001" });
    const answer = await refusedRtc(
      world,
      how.token === undefined ? token : how.token,
      how.protocols,
      how.header === undefined ? {} : { headers: { authorization: how.header } },
    );
    expect(answer).toMatchObject({ status, body: { code, detail: expect.stringMatching(detail) } });
    expect(world.invitations.counts().devices).toBe(0);
  });

  test("answers a ping: that is how a page learns that its connection lives", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.send({ type: "ping", ref: "beat" });
    expect(await client.next()).toEqual({ type: "done", ref: "beat" });
  });

  test("is refused with an API token, and with a token that has expired", async () => {
    await using world = await restWorld();
    const api = await world.access.create({ name: "x", scopes: ["admin"] });
    expect(await refusedRtc(world, api.token)).toMatchObject({ status: 401 });
    const { token } = await world.webTokens.issue({ user: "1001", ttlSeconds: 10 });
    world.clock.advance(13_000);
    expect(await refusedRtc(world, token)).toMatchObject({
      status: 401,
      body: { detail: expect.stringMatching(/expired/) },
    });
  });

  test("asked by plain HTTP says why a browser was refused, or what it is", async () => {
    await using world = await restWorld();
    const { token } = await world.webTokens.issue({ user: "1001" });
    expect(await world.call("/rtc", { token })).toMatchObject({
      status: 426,
      body: { code: "upgrade-required" },
    });
    expect(await world.call("/rtc", { token: "x.y.z" })).toMatchObject({ status: 401 });
    expect((await world.call(`/rtc?token=${token}&x=1`, { token: null })).status).toBe(400);
  });

  test("slows a guesser of tokens down, and nobody who has one", async () => {
    await using world = await restWorld({ signalling: { failures: 3 } });
    const { token } = await world.webTokens.issue({ user: "1001" });
    for (let at = 0; at < 3; at += 1)
      expect(await refusedRtc(world, `x${at}`)).toMatchObject({ status: 401 });
    const limited = await refusedRtc(world, "x3");
    expect(limited).toMatchObject({ status: 429, body: { code: "rate-limited" } });
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    const client = await openRtc(world, token);
    expect(await client.next()).toMatchObject({ type: "welcome" });
  });

  test("its token is logged nowhere", async () => {
    await using world = await restWorld();
    const { token } = await world.webTokens.issue({ user: "1001" });
    const client = await openRtc(world, token);
    client.socket.close();
    await client.closed;
    await refusedRtc(world, token, []);
    expect(world.http.lines()).toContain("/rtc");
    expect(world.http.lines()).not.toContain(token);
    expect(world.http.lines()).not.toContain(token.split(".")[2]);
  });
});

describe("frames", () => {
  test("invite, and what becomes of it", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001", { displayName: "Ann" });
    expect(await client.ask({ ...invite, ref: "1" })).toEqual({
      type: "state",
      id: "a",
      state: "sent",
      ref: "1",
    });
    const { request, events, asked } = world.exchange.last;
    expect(request).toMatchObject({
      user: "1001",
      displayName: "Ann",
      to: "1002",
      sdp: "v=0\r\n",
      media: "audio",
    });
    expect(Object.keys(request)).not.toContain("ref");
    events.received();
    expect(await client.next()).toEqual({ type: "state", id: "a", state: "received" });
    events.progress("early");
    expect(await client.next()).toEqual({ type: "progress", id: "a", sdp: "early" });
    events.candidate(candidate("c"));
    expect(await client.next()).toMatchObject({ type: "candidate", candidate: candidate("c") });
    events.accepted({ sdp: "final", response: "hello" });
    expect(await client.next()).toEqual({ type: "answer", id: "a", sdp: "final" });
    expect(await client.next()).toEqual({ type: "state", id: "a", state: "accepted", response: "hello" });
    expect(await client.ask({ type: "dtmf", id: "a", digits: "12#", ref: "2" })).toEqual({
      type: "done",
      ref: "2",
    });
    events.digits("5");
    expect(await client.next()).toEqual({ type: "dtmf", id: "a", digits: "5" });
    expect(await client.ask({ type: "hangup", id: "a", ref: "3" })).toEqual({
      type: "ended",
      id: "a",
      cause: "NORMAL_CLEARING",
      sip: 200,
      by: "caller",
    });
    expect(await client.next()).toEqual({ type: "done", ref: "3" });
    expect(asked).toEqual(["digits 12#", "end NORMAL_CLEARING by caller"]);
  });

  test("invite without an id is answered with ours; cancel with the state it leads to", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    const { id: _id, ...nameless } = invite;
    const sent = await client.ask({ ...nameless, ref: "1" });
    const { id } = world.exchange.last.request;
    expect(sent).toEqual({ type: "state", id, state: "sent", ref: "1" });
    expect(await client.ask({ type: "cancel", id, ref: "2" })).toEqual({
      type: "state",
      id,
      state: "canceled",
      cause: "ORIGINATOR_CANCEL",
      sip: 487,
      ref: "2",
    });
  });

  test("an invitation rings at every device, one takes it, the other lost the race", async () => {
    await using world = await restWorld();
    const one = await online(world, "1001", { displayName: "Ann" });
    const two = await online(world, "1001", { displayName: "Ann" });
    const told: string[] = [];
    const ringing = world.invitations.ring(ringRequest("1001", { content: "hi" }), ringEvents(told));
    const { id } = ringing;
    const offer = {
      type: "invitation",
      id,
      from: { number: "1002", name: "Bob" },
      sdp: "offer",
      content: "hi",
      media: "audio",
      number: "01001",
    };
    expect(await one.next()).toEqual(offer);
    expect(await two.next()).toEqual(offer);
    const late = await openRtc(world, (await world.webTokens.issue({ user: "1001" })).token);
    expect([(await late.next()).type, (await late.next()).type]).toEqual(["welcome", "ready"]);
    expect(await late.next()).toEqual(offer);
    expect(await one.ask({ type: "received", id, ref: "r" })).toEqual({ type: "done", ref: "r" });
    expect(await two.ask({ type: "accept", id, sdp: "answer", response: "yes", ref: "a" })).toEqual({
      type: "state",
      id,
      state: "acceptSent",
      ref: "a",
    });
    const lost = { type: "state", id, state: "canceled", cause: "LOSE_RACE", sip: 487 };
    expect([await one.next(), await late.next()]).toEqual([lost, lost]);
    expect(await one.ask({ type: "accept", id, sdp: "x", ref: "b" })).toMatchObject({
      type: "error",
      code: "already-accepted",
      ref: "b",
      id,
    });
    ringing.confirm();
    expect(await two.next()).toEqual({ type: "state", id, state: "accepted" });
    two.send({ type: "candidate", id, candidate: candidate("c") });
    await expect.poll(() => told.at(-1)).toBe("candidate c");
    ringing.end(end("NORMAL_CLEARING"));
    expect(await two.next()).toMatchObject({ type: "ended", by: "caller" });
    expect(await two.ask({ type: "hangup", id, ref: "c" })).toMatchObject({
      code: "already-ended",
      ref: "c",
    });
  });

  test("refuse is answered with the state it leads to, at the other device too", async () => {
    await using world = await restWorld();
    const one = await online(world, "1001");
    const two = await online(world, "1001");
    const { id } = world.invitations.ring(ringRequest("1001"), ringEvents([]));
    await one.next();
    await two.next();
    const refused = { type: "state", id, state: "refused", cause: "USER_BUSY", sip: 486 };
    expect(await one.ask({ type: "refuse", id, reason: "busy", ref: "1" })).toEqual({ ...refused, ref: "1" });
    expect(await two.next()).toEqual(refused);
  });

  test("without a ref are carried out in silence, and refused aloud", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    const { id } = world.invitations.ring(ringRequest("1001"), ringEvents([]));
    await client.next();
    client.send({ type: "received", id });
    expect(await client.ask({ type: "hangup", id })).toEqual({
      type: "error",
      code: "not-started",
      detail: expect.any(String),
      id,
    });
  });

  test("a fault of ours is told as such, and as nothing more", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.send(invite);
    await client.next();
    world.exchange.last.events.accepted({ sdp: "x" });
    await client.next();
    await client.next();
    world.exchange.faulty = "a secret of ours";
    const answer = await client.ask({ type: "dtmf", id: "a", digits: "1", ref: "1" });
    expect(answer).toMatchObject({ type: "error", code: "internal", ref: "1" });
    expect(JSON.stringify(answer)).not.toContain("secret");
    expect(world.http.lines()).toContain("a secret of ours");
  });
});

describe("a device", () => {
  test("that closes its connection ends its calls, and is offline", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.send(invite);
    await client.next();
    client.socket.close();
    await client.closed;
    await expect.poll(() => world.exchange.last.asked).toEqual(["end ORIGINATOR_CANCEL by network"]);
    expect(world.invitations.isOnline("1001")).toBe(false);
    expect(world.clock.pending).toEqual([]);
  });

  test("that vanished is noticed within two heartbeats", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001", { options: { autoPong: false } });
    const pinged = once(client.socket, "ping");
    world.clock.advance(5_000);
    await pinged;
    expect(world.invitations.isOnline("1001")).toBe(true);
    world.clock.advance(5_000);
    expect((await client.closed).code).toBe(1006);
    await expect.poll(() => world.invitations.isOnline("1001")).toBe(false);
  });

  test("is sent away when its token expires, in the middle of a call too", async () => {
    await using world = await restWorld({ signalling: { heartbeat: 3_600_000 } });
    const client = await online(world, "1001", { ttlSeconds: 60 });
    client.send(invite);
    await client.next();
    world.exchange.last.events.accepted({ sdp: "x" });
    world.clock.advance(59_999);
    expect(world.exchange.last.asked).toEqual([]);
    world.clock.advance(1);
    expect(await client.closed).toEqual({ code: 1008, reason: "the token has expired" });
    await expect.poll(() => world.exchange.last.asked).toEqual(["end NETWORK_OUT_OF_ORDER by network"]);
  });

  test("is sent away once its key was changed twice", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    await world.webTokens.rotate();
    const pinged = once(client.socket, "ping");
    world.clock.advance(5_000);
    await pinged;
    // The answer to our own ping comes back after the answer to the server's.
    const answered = once(client.socket, "pong");
    client.socket.ping();
    await answered;
    await world.webTokens.rotate();
    world.clock.advance(5_000);
    expect(await client.closed).toEqual({ code: 1008, reason: "the token is no longer valid" });
  });

  test("is kept where its token cannot be checked for a moment", async () => {
    let broken = false;
    const token = "the-token";
    const identity = { user: "1001", displayName: "Ann", expiresAt: 1_700_000_900_000 };
    await using world = await restWorld({
      signalling: {
        tokens: {
          iceServersFor: () => [],
          verify: async () => {
            if (broken) throw new Error("the store is away");
            return identity;
          },
        },
      },
    });
    const client = await openRtc(world, token);
    await client.next();
    await client.next();
    broken = true;
    const pinged = once(client.socket, "ping");
    world.clock.advance(5_000);
    await pinged;
    expect(world.http.lines()).toContain("could not be checked again");
    expect(world.invitations.isOnline("1001")).toBe(true);
  });

  test("more than sixteen of one user are turned away, for later", async () => {
    await using world = await restWorld();
    for (let at = 0; at < 16; at += 1) await online(world, "1001");
    const { token } = await world.webTokens.issue({ user: "1001" });
    const client = await openRtc(world, token);
    expect(await client.next()).toMatchObject({ type: "welcome" });
    expect(await client.next()).toMatchObject({ type: "error", code: "too-many-devices" });
    expect(await client.closed).toEqual({ code: 1013, reason: "too-many-devices" });
    await expect.poll(() => world.invitations.counts().devices).toBe(16);
  });

  test("hears that Patchcord stops: 1001, and its calls have ended before", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.send(invite);
    await client.next();
    world.exchange.last.events.accepted({ sdp: "x" });
    await client.next();
    await client.next();
    world.invitations.close();
    expect(await client.next()).toMatchObject({ type: "ended", cause: "SYSTEM_SHUTDOWN", by: "ours" });
    await world.http.server.close();
    expect((await client.closed).code).toBe(1001);
    expect(world.exchange.last.asked).toEqual(["end SYSTEM_SHUTDOWN by ours"]);
  });

  test("presence is told to whoever listens to events", async () => {
    await using world = await restWorld();
    const seen: string[] = [];
    world.events.subscribe(({ type, data }) =>
      seen.push(`${type} ${String(data["state"] ?? data["devices"])}`),
    );
    const client = await online(world, "1001");
    client.send(invite);
    await client.next();
    world.exchange.last.events.over({ ending: ending("USER_BUSY"), by: "callee", state: "refused" });
    await client.next();
    client.socket.close();
    await client.closed;
    await expect.poll(() => seen.at(-1)).toBe("webclient.offline 0");
    expect(seen).toEqual([
      "webclient.online 1",
      "invitation.changed sent",
      "invitation.changed refused",
      "webclient.offline 0",
    ]);
  });
});

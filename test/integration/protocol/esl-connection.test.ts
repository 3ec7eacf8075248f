import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemIds } from "../../../src/base/index.ts";
import { EslConnection, commands, type EventHeaders } from "../../../src/protocol/esl/index.ts";
import { FakeEventSocket, type Script } from "../../fakes/event-socket.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

class Events {
  readonly all: EventHeaders[] = [];
  #waiting: { count: number; found: () => void }[] = [];
  readonly take = (event: EventHeaders): void => {
    this.all.push(event);
    for (const one of this.#waiting.filter(({ count }) => this.all.length >= count)) one.found();
  };
  count(count: number): Promise<void> {
    return this.all.length >= count
      ? Promise.resolve()
      : new Promise((found) => this.#waiting.push({ count, found }));
  }
}

function connect(
  port: number,
  clock = new ManualClock(),
  password = "secret",
): { esl: EslConnection; events: Events } {
  const events = new Events();
  const esl = new EslConnection({
    host: "127.0.0.1",
    port,
    password,
    clock,
    ids: systemIds,
    onEvent: events.take,
  });
  cleanUps.push(() => esl.close("test over"));
  return { esl, events };
}

async function admitted(script: Script = {}) {
  const fake = await FakeEventSocket.listen(script);
  cleanUps.push(() => fake.close());
  const clock = new ManualClock();
  const { esl, events } = connect(fake.port, clock);
  await esl.ready;
  return { fake, clock, esl, events, peer: await fake.peer() };
}

describe("being admitted", () => {
  test("the right password", async () => {
    const { esl, clock } = await admitted();
    expect(esl.state).toBe("ready");
    expect(clock.pending).toEqual([]);
  });

  test("a wrong password", async () => {
    const fake = await FakeEventSocket.listen({ password: "other" });
    cleanUps.push(() => fake.close());
    const { esl } = connect(fake.port);
    expect(await esl.closed).toEqual({ kind: "password-refused", detail: "-ERR invalid" });
    await expect(esl.ready).rejects.toMatchObject({ code: "switch-unavailable" });
    expect(esl.state).toBe("closed");
  });

  test("a rude rejection", async () => {
    const fake = await FakeEventSocket.listen({
      greet: (peer) => {
        peer.frame({ "Content-Type": "text/rude-rejection" }, "Access Denied, go away.\n");
        peer.socket.end();
      },
    });
    cleanUps.push(() => fake.close());
    const { esl } = connect(fake.port);
    expect(await esl.closed).toEqual({ kind: "access-refused", detail: "Access Denied, go away." });
  });

  test("nobody listens", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const { esl } = connect(port);
    expect(await esl.closed).toMatchObject({
      kind: "unreachable",
      detail: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("a peer that never greets", async () => {
    const fake = await FakeEventSocket.listen({ greet: () => undefined });
    cleanUps.push(() => fake.close());
    const clock = new ManualClock();
    const { esl } = connect(fake.port, clock);
    await fake.peer();
    clock.advance(10_000);
    expect(await esl.closed).toMatchObject({ kind: "unreachable" });
  });

  test("a password of two lines is refused before anything is sent", () => {
    expect(() => connect(1, new ManualClock(), "a\nb")).toThrow(
      expect.objectContaining({ code: "unsafe-text" }),
    );
  });

  test("nothing is sent before", async () => {
    const fake = await FakeEventSocket.listen({ greet: () => undefined });
    cleanUps.push(() => fake.close());
    const { esl } = connect(fake.port);
    await expect(esl.api("status")).rejects.toMatchObject({ code: "switch-unavailable" });
  });
});

describe("what comes in", () => {
  test("a Latin-1 byte in a display name", async () => {
    const { peer, events } = await admitted();
    const name = Buffer.concat([
      Buffer.from('{"Event-Name":"X","Caller-Caller-ID-Name":"J'),
      Buffer.from([0xf6, 0x22, 0x7d]),
    ]);
    peer.frame({ "Content-Type": "text/event-json" }, name);
    await events.count(1);
    expect(events.all).toEqual([{ "Event-Name": "X", "Caller-Caller-ID-Name": "J\u{fffd}" }]);
  });

  test("bad JSON is counted and dropped", async () => {
    const { esl, peer, events } = await admitted();
    peer.frame({ "Content-Type": "text/event-json" }, "{oops");
    peer.event({ "Event-Name": "NEXT" });
    await events.count(1);
    expect(esl.badEvents).toBe(1);
    expect(events.all).toEqual([{ "Event-Name": "NEXT" }]);
  });

  test("a giant Content-Length", async () => {
    const { esl, peer } = await admitted();
    const asked = esl.api("status");
    peer.raw("Content-Type: api/response\nContent-Length: 9999999999\n\n");
    await expect(asked).rejects.toMatchObject({ code: "switch-unavailable" });
    expect(await esl.closed).toMatchObject({ kind: "protocol" });
  });

  test("a flood of events, and a command amid it", async () => {
    const { esl, peer, events } = await admitted({ answer: () => "mid" });
    for (let n = 0; n < 5000; n += 1) peer.event({ "Event-Name": "FLOOD", n: String(n) });
    const asked = esl.api("hostname");
    await peer.received(/^api hostname/);
    for (let n = 5000; n < 10_000; n += 1) peer.event({ "Event-Name": "FLOOD", n: String(n) });
    expect(await asked).toBe("mid");
    await events.count(10_000);
    expect(events.all.map((event) => Number(event["n"]))).toEqual(
      Array.from({ length: 10_000 }, (_, n) => n),
    );
  });

  test("half a frame, then the end", async () => {
    const { esl, peer, events } = await admitted();
    peer.raw('Content-Type: text/event-json\nContent-Length: 100\n\n{"Event-Name":');
    peer.socket.end();
    expect(await esl.closed).toMatchObject({ kind: "lost" });
    expect(events.all).toEqual([]);
  });

  test("a disconnect-notice in the middle of a command", async () => {
    const { esl, peer } = await admitted({ answer: () => undefined });
    const asked = [esl.bgapi("originate x y"), esl.api("status")];
    await peer.received(/status/);
    peer.disconnectNotice();
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await esl.closed).toEqual({ kind: "disconnect-notice", detail: "Disconnected, goodbye." });
    expect(esl.outstanding).toBe(0);
  });

  test("replies after we closed", async () => {
    const { esl, peer, events } = await admitted({ answer: () => undefined });
    const gone = new Promise((resolve) => peer.socket.once("close", resolve));
    const asked = esl.api("status");
    await peer.received(/status/);
    esl.close("enough");
    esl.close("twice");
    peer.response("late");
    peer.event({ "Event-Name": "LATE" });
    await expect(asked).rejects.toMatchObject({ code: "switch-unavailable" });
    expect(await esl.closed).toEqual({ kind: "requested", detail: "enough" });
    await gone;
    expect(events.all).toEqual([]);
  });
});

describe("commands", () => {
  test("replies go to their commands in order", async () => {
    const { esl } = await admitted({ answer: (line) => `said ${line}` });
    const lines = ["hostname", "version", "uuid_exists 1", "uuid_exists 2"];
    expect(await Promise.all(lines.map((line) => esl.api(line)))).toEqual(
      lines.map((line) => `said ${line}`),
    );
  });

  test("a reply withheld past the deadline does not shift the others", async () => {
    const { esl, clock, peer } = await admitted({ answer: () => undefined });
    const first = esl.api("version");
    await peer.received(/version/);
    clock.advance(10_000);
    await expect(first).rejects.toMatchObject({ code: "not-confirmed" });
    const second = esl.api("hostname");
    await peer.received(/hostname/);
    peer.response("the version, late");
    peer.response("the host");
    expect(await second).toBe("the host");
    expect(esl.outstanding).toBe(0);
  });

  test("an abort ends the wait with its reason", async () => {
    const { esl, peer, clock } = await admitted({ answer: () => undefined });
    const controller = new AbortController();
    const asked = esl.bgapi("originate a b", { signal: controller.signal });
    await peer.received(/originate/);
    controller.abort(new Error("changed my mind"));
    await expect(asked).rejects.toThrow("changed my mind");
    expect(clock.pending).toEqual([]);
    await expect(esl.api("x", { signal: controller.signal })).rejects.toThrow("changed my mind");
    expect(peer.commands.map(({ line }) => line)).not.toContain("api x");
  });

  test("a job's result is matched by our Job-UUID, whatever comes first", async () => {
    const { esl, events } = await admitted({
      intercept: ({ line, headers }, peer) => {
        if (!line.startsWith("bgapi")) return false;
        peer.jobDone("somebody-else", "not yours");
        peer.jobDone(headers["Job-UUID"] ?? "", `done ${line}`);
        peer.reply("+OK Job-UUID");
        return true;
      },
    });
    expect(await Promise.all([esl.bgapi("a"), esl.bgapi("b")])).toEqual(["done bgapi a", "done bgapi b"]);
    expect(events.all.map((event) => event["_body"])).toEqual(["not yours", "not yours"]);
    expect(esl.outstanding).toBe(0);
  });

  test("a job that is refused at once", async () => {
    const { esl } = await admitted({
      intercept: ({ line }, peer) => {
        if (!line.startsWith("bgapi")) return false;
        peer.reply("-ERR permission denied");
        return true;
      },
    });
    expect(await esl.bgapi("load mod_x")).toBe("-ERR permission denied");
    expect(esl.outstanding).toBe(0);
  });

  test("a blocking job does not hold up what is sent after it", async () => {
    const { esl } = await admitted({ answer: (line) => (line.startsWith("originate") ? undefined : "true") });
    const blocked = esl.run(commands.originate("user/1", "&park"));
    expect(await esl.run(commands.uuidExists("u"))).toBe("true");
    esl.close("over");
    await expect(blocked).rejects.toMatchObject({ code: "switch-unavailable" });
  });

  test("CR, LF and NUL never reach the switch", async () => {
    const { esl, peer } = await admitted({ answer: () => "x" });
    for (const text of ["status\n\napi shutdown", "status\r", "status\0"]) {
      await expect(esl.api(text)).rejects.toMatchObject({ code: "unsafe-text" });
      await expect(esl.bgapi(text)).rejects.toMatchObject({ code: "unsafe-text" });
      await expect(esl.sendRecv("sendmsg u", { "execute-app-arg": text })).rejects.toMatchObject({
        code: "unsafe-text",
      });
    }
    await esl.api("hostname");
    expect(peer.commands.map(({ line }) => line)).toEqual(["auth secret", "api hostname"]);
  });

  test("a peer that reads nothing", async () => {
    const { esl, peer } = await admitted();
    peer.socket.pause();
    const long = "x".repeat(100_000);
    const asked = Array.from({ length: 200 }, async () => esl.api(long));
    const outcomes = Promise.allSettled(asked);
    expect(await esl.closed).toMatchObject({ kind: "stalled" });
    expect((await outcomes).every(({ status }) => status === "rejected")).toBe(true);
  });
});

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  openTcp,
  parseMessage,
  printMessage,
  type ListenOptions,
  type SipAddress,
  type TcpTransport,
} from "../../../../src/protocol/sip/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";
import { addressOf, Listener, log, ok, options, request } from "./party.ts";
import { stuckListener } from "./stuck-listener.ts";

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function transport(listener: Listener, given: Partial<ListenOptions> = {}): Promise<TcpTransport> {
  const opened = await openTcp({ ...options, ...given }, listener, log);
  cleanUps.push(async () => opened.close());
  return opened;
}

const tcp = (one: TcpTransport): SipAddress => addressOf("TCP", one);

/** A plain connection to a transport: what others are made of. */
async function plain(to: TcpTransport): Promise<{ socket: Socket; address: SipAddress; text: () => string }> {
  const socket = connect(to.local.port, "127.0.0.1");
  cleanUps.push(() => socket.destroy());
  let received = "";
  socket.on("data", (bytes: Buffer) => (received += bytes.toString()));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const address: SipAddress = { protocol: "TCP", host: "127.0.0.1", port: socket.localPort ?? 0 };
  return { socket, address, text: () => received };
}

/** A server that does with its connections what it is told. */
async function plainServer(
  accept: (socket: Socket) => void,
  port = 0,
): Promise<{ server: Server; address: SipAddress }> {
  const server = createServer((socket) => {
    cleanUps.push(() => socket.destroy());
    socket.on("error", () => undefined);
    accept(socket);
  });
  cleanUps.push(() => server.close());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" && address ? address.port : 0;
  return { server, address: { protocol: "TCP", host: "127.0.0.1", port: taken } };
}

describe("one connection", () => {
  test("carries what goes to a peer, and its answers come back on it", async () => {
    const [heard, answered] = [new Listener(), new Listener()];
    const server = await transport(heard);
    const client = await transport(answered);
    heard.onMessage = ({ message, flow }) => {
      if (message.kind === "request") void server.send(ok(message), flow.remote);
    };
    const flows = await Promise.all(
      [1, 2, 3].map(async (number) => client.send(request(tcp(client), number), tcp(server))),
    );
    await answered.nth(3);
    expect(heard.messages.map(({ message }) => message.headers.get("Call-ID"))).toEqual([
      "call-1",
      "call-2",
      "call-3",
    ]);
    expect(new Set(heard.messages.map(({ flow }) => flow.remote.port)).size).toBe(1);
    expect(flows[0]).toEqual({ local: heard.messages[0]?.flow.remote, remote: tcp(server) });
    expect(heard.messages[0]?.message.headers.get("Via")).toContain(
      `;rport=${flows[0]?.local.port};received=127.0.0.1`,
    );
    expect([client.counts().sockets, server.counts().sockets]).toEqual([1, 1]);
  });

  test("that a peer opened serves our requests to it as well", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address } = await plain(server);
    socket.write(printMessage(request(address, 1)));
    await listener.nth(1);
    const data = once(socket, "data");
    await server.send(request(tcp(server), 2), address);
    expect(parseMessage(((await data) as [Buffer])[0]).headers.get("Call-ID")).toBe("call-2");
    expect(server.counts().sockets).toBe(1);
  });

  test("is opened again by the next message once the peer has closed it, which is told", async () => {
    const accepted: Socket[] = [];
    const { address } = await plainServer((socket) => accepted.push(socket));
    const listener = new Listener();
    const client = await transport(listener);
    const first = await client.send(request(tcp(client), 1), address);
    accepted[0]?.end();
    expect(await listener.lost(1)).toEqual({ flow: first, reason: "closed by the peer" });
    const second = await client.send(request(tcp(client), 2), address);
    expect(second.local.port).not.toBe(first.local.port);
    expect(client.counts().sockets).toBe(1);
  });

  test("is opened anew after the peer reset it", async () => {
    const accepted: Socket[] = [];
    const { address } = await plainServer((socket) => accepted.push(socket));
    const listener = new Listener();
    const client = await transport(listener);
    await client.send(request(tcp(client), 1), address);
    accepted[0]?.resetAndDestroy();
    expect((await listener.lost(1)).reason).toBe("ECONNRESET");
    await client.send(request(tcp(client), 2), address);
  });

  test("that cannot be had is told", async () => {
    const { server, address } = await plainServer(() => undefined);
    server.close();
    await once(server, "close");
    const client = await transport(new Listener());
    await expect(client.send(request(tcp(client)), address)).rejects.toMatchObject({
      code: "unreachable",
      message: "ECONNREFUSED",
      to: address,
    });
    expect(client.counts().sockets).toBe(0);
  });

  test("has five seconds to come about", async () => {
    const clock = new ManualClock();
    const client = await transport(new Listener(), { clock });
    const stuck = await stuckListener();
    cleanUps.push(stuck.close);
    const address: SipAddress = { protocol: "TCP", host: "127.0.0.1", port: stuck.port };
    const sent = client.send(request(tcp(client)), address);
    expect(clock.pending).toEqual([5_000]);
    clock.advance(5_000);
    await expect(sent).rejects.toMatchObject({
      code: "unreachable",
      message: "no connection within 5000 ms",
    });
    expect(client.counts().sockets).toBe(0);
    expect(clock.pending).toEqual([]);
  });
});

describe("a stream", () => {
  test("is cut into messages wherever the network cuts it", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address } = await plain(server);
    socket.setNoDelay(true);
    const bytes = Buffer.concat(
      [1, 2, 3].map((number) => printMessage(request(address, number, "a\r\n\r\nb"))),
    );
    for (let at = 0; at < bytes.length; at += 97) {
      socket.write(bytes.subarray(at, at + 97));
      await new Promise(setImmediate);
    }
    await listener.nth(3);
    expect(listener.messages.map(({ message }) => Buffer.from(message.body).toString())).toEqual(
      Array<string>(3).fill("a\r\n\r\nb"),
    );
  });

  test("goes on behind a message that cannot be read, which is answered", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address, text } = await plain(server);
    const broken = Buffer.from(printMessage(request(address)))
      .toString()
      .replace("CSeq: 1 MESSAGE", "CSeq: 1 BYE");
    const answer = once(socket, "data");
    socket.write(Buffer.concat([Buffer.from(broken), printMessage(request(address, 2))]));
    await Promise.all([answer, listener.nth(1)]);
    expect(text()).toMatch(/^SIP\/2\.0 400 Bad Request - a CSeq of another method\r\n/u);
    expect(listener.messages[0]?.message.headers.get("Call-ID")).toBe("call-2");
    expect(server.counts()).toMatchObject({ malformed: 1, received: 1 });
  });

  test.each([
    [
      "that has no Content-Length is answered, then closed",
      (text: string) => text.replace(/Content-Length.*\r\n/u, ""),
      /^SIP\/2\.0 400 .*no Content-Length\r\n/u,
    ],
    [
      "with a message too large is answered, then closed",
      (text: string) => text.replace("Length: 0", "Length: 65536"),
      /^SIP\/2\.0 513 Message Too Large/u,
    ],
    ["that is no SIP is closed", () => "GET / HTTP/1.1\r\n\r\n", /^$/u],
  ])("%s", async (_what, change, answer) => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address, text } = await plain(server);
    const ended = once(socket, "end");
    socket.write(change(Buffer.from(printMessage(request(address))).toString()));
    await ended;
    expect(text()).toMatch(answer);
    expect(listener.messages).toHaveLength(0);
  });

  test("has its pings answered (RFC 5626 section 4.4.1)", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address, text } = await plain(server);
    const data = once(socket, "data");
    socket.write("\r\n\r\n");
    await data;
    socket.write(Buffer.concat([Buffer.from("\r\n"), printMessage(request(address))]));
    await listener.nth(1);
    expect(text()).toBe("\r\n");
    expect(server.counts().keepAlives).toBe(1);
  });
});

describe("a peer", () => {
  test("that sends half a message is given ten seconds from its first byte", async () => {
    const clock = new ManualClock();
    const listener = new Listener();
    const server = await transport(listener, { clock });
    const { socket, address } = await plain(server);
    const bytes = printMessage(request(address, 2, "body"));
    socket.write(Buffer.concat([printMessage(request(address, 1)), bytes.subarray(0, 50)]));
    await listener.nth(1);
    expect(clock.pending).toContain(10_000);
    clock.advance(9_999);
    await new Promise((resolve) => {
      socket.write(bytes.subarray(50, 60), resolve);
    });
    // Loopback delivers at once; the server reads it in one of the next turns.
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    clock.advance(1);
    expect((await listener.lost(1)).reason).toBe("half a message");
    expect(listener.messages).toHaveLength(1);
    expect(clock.pending).toEqual([]);
  });

  test("that says nothing for ten minutes is left; one that does is not", async () => {
    const clock = new ManualClock();
    const listener = new Listener();
    const server = await transport(listener, { clock });
    const { socket, address } = await plain(server);
    socket.write(printMessage(request(address, 1)));
    await listener.nth(1);
    clock.advance(9 * 60_000);
    socket.write(printMessage(request(address, 2)));
    await listener.nth(2);
    clock.advance(9 * 60_000);
    expect(listener.gone).toEqual([]);
    clock.advance(60_000);
    expect((await listener.lost(1)).reason).toBe("idle");
    expect(clock.pending).toEqual([]);
  });

  test("that reads nothing is given up after ten seconds, and what it did not take is told to its senders", async () => {
    const clock = new ManualClock();
    const { address } = await plainServer((socket) => socket.pause());
    const listener = new Listener();
    const client = await transport(listener, { clock });
    await client.send(request(tcp(client), 0), address);
    // What the system takes is taken; the first that it does not leaves the deadline pending.
    const sent: Promise<unknown>[] = [];
    let taken = 0;
    for (let number = 1; !clock.pending.includes(10_000) || taken + 4 > sent.length; number += 1) {
      sent.push(
        client.send(request(tcp(client), number, Buffer.alloc(60_000)), address).then(() => (taken += 1)),
      );
      await new Promise(setImmediate);
    }
    const before = sent.length;
    clock.advance(10_000);
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes).toHaveLength(before);
    expect(outcomes.at(-1)).toMatchObject({ status: "rejected", reason: { code: "stalled" } });
    expect((await listener.lost(1)).reason).toBe("the peer reads nothing");
    expect(clock.pending).toEqual([]);
  });

  test("that reads nothing is given up at once when more than 1 MiB waits for it", async () => {
    const { address } = await plainServer((socket) => socket.pause());
    const listener = new Listener();
    const client = await transport(listener, { clock: new ManualClock() });
    await client.send(request(tcp(client), 0), address);
    const sent = Array.from({ length: 400 }, async (_, number) =>
      client.send(request(tcp(client), number, Buffer.alloc(60_000)), address),
    );
    const outcomes = await Promise.allSettled(sent);
    const codes = outcomes.flatMap((one) =>
      one.status === "rejected" ? [(one.reason as { code: string }).code] : [],
    );
    expect(codes).toContain("stalled");
    expect((await listener.lost(1)).reason).toBe("the peer reads nothing");
  });

  test("that is not admitted is left at once, as is one beyond the number of connections", async () => {
    const stranger = await transport(new Listener(), { admit: () => false });
    const refused = await plain(stranger);
    await once(refused.socket, "close");
    expect(stranger.counts()).toMatchObject({ refused: 1, sockets: 0 });
    const listener = new Listener();
    const full = await transport(listener, { connections: 1 });
    const first = await plain(full);
    first.socket.write(printMessage(request(first.address, 1)));
    await listener.nth(1);
    const second = await plain(full);
    await once(second.socket, "close");
    expect(full.counts().sockets).toBe(1);
  });
});

test("a message of more than 64 KiB is refused", async () => {
  const listener = new Listener();
  const server = await transport(listener);
  const client = await transport(new Listener());
  const sent = client.send(request(tcp(client), 1, Buffer.alloc(65_536)), tcp(server));
  await expect(sent).rejects.toMatchObject({ code: "too-large" });
});

describe("closing", () => {
  test("lets what was sent arrive, and may be repeated", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const client = await transport(new Listener());
    await client.send(request(tcp(client), 0), tcp(server));
    const sent = Array.from({ length: 15 }, async (_, number) =>
      client.send(request(tcp(client), number, Buffer.alloc(60_000)), tcp(server)),
    );
    await new Promise(setImmediate);
    await Promise.all([client.close(), client.close()]);
    await Promise.all(sent);
    await listener.nth(16);
    expect(client.counts().sockets).toBe(0);
    await expect(client.send(request(tcp(client)), tcp(server))).rejects.toMatchObject({ code: "closed" });
  });

  test("does not wait for a peer that does not, beyond two seconds", async () => {
    const clock = new ManualClock();
    const { address } = await plainServer((socket) => socket.pause());
    const client = await transport(new Listener(), { clock });
    await client.send(request(tcp(client)), address);
    const closed = client.close();
    expect(clock.pending).toContain(2_000);
    clock.advance(2_000);
    await closed;
    expect(client.counts().sockets).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  test("settles an attempt to connect", async () => {
    const stuck = await stuckListener();
    cleanUps.push(stuck.close);
    const client = await transport(new Listener());
    const address: SipAddress = { protocol: "TCP", host: "127.0.0.1", port: stuck.port };
    const sent = client.send(request(tcp(client)), address);
    await Promise.all([expect(sent).rejects.toMatchObject({ code: "closed" }), client.close()]);
  });
});

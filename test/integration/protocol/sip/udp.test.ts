import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import {
  openUdp,
  parseMessage,
  printMessage,
  TransportError,
  type ListenOptions,
  type SipAddress,
  type UdpTransport,
} from "../../../../src/protocol/sip/index.ts";
import { addressOf, Listener, log, ok, options, request } from "./party.ts";

const open = new Set<UdpTransport>();
const sockets = new Set<Socket>();

afterEach(async () => {
  await Promise.all(Array.from(open, async (transport) => transport.close()));
  for (const socket of sockets) socket.close();
  open.clear();
  sockets.clear();
});

async function transport(listener: Listener, given: Partial<ListenOptions> = {}): Promise<UdpTransport> {
  const opened = await openUdp({ ...options, ...given }, listener, log);
  open.add(opened);
  return opened;
}

/** A plain socket: what others are made of. */
async function plain(port = 0): Promise<{ socket: Socket; address: SipAddress }> {
  const socket = createSocket("udp4");
  sockets.add(socket);
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return { socket, address: { protocol: "UDP", host: "127.0.0.1", port: socket.address().port } };
}

const udp = (one: UdpTransport): SipAddress => addressOf("UDP", one);

test("a request is told with its Via marked, and answered on its flow", async () => {
  const [heard, answered] = [new Listener(), new Listener()];
  const server = await transport(heard);
  const client = await transport(answered);
  heard.onMessage = ({ message, flow }) => {
    if (message.kind === "request") void server.send(ok(message), flow.remote);
  };
  const flow = await client.send(request(udp(client), 1, "hallo ü"), udp(server));
  expect(flow).toEqual({ local: udp(client), remote: udp(server) });
  const got = await heard.nth(1);
  expect(got.flow).toEqual({ local: udp(server), remote: udp(client) });
  expect(Buffer.from(got.message.body).toString()).toBe("hallo ü");
  const { port } = client.local;
  const via = `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK1;rport=${port};received=127.0.0.1`;
  expect(got.message.headers.get("Via")).toBe(via);
  const answer = await answered.nth(1);
  expect(answer.message).toMatchObject({ kind: "response", status: 200 });
  expect(answer.message.headers.get("Via")).toBe(via);
});

describe("that nobody is there", () => {
  test("is told, as the system tells it by ICMP", async () => {
    const listener = new Listener();
    const client = await transport(listener);
    const { socket, address } = await plain();
    sockets.delete(socket);
    socket.close();
    await client.send(request(udp(client)), address);
    expect(await listener.lost(1)).toEqual({
      flow: { local: udp(client), remote: address },
      reason: "ECONNREFUSED",
    });
  });

  test("does not keep the next request from one who is there by then", async () => {
    const listener = new Listener();
    const client = await transport(listener);
    const { socket, address } = await plain();
    sockets.delete(socket);
    socket.close();
    await client.send(request(udp(client), 1), address);
    await listener.lost(1);
    const back = await plain(address.port);
    const message = once(back.socket, "message");
    await client.send(request(udp(client), 2), address);
    const [bytes] = (await message) as [Buffer];
    expect(parseMessage(bytes).headers.get("Call-ID")).toBe("call-2");
  });
});

test("strangers are heard on the port that others share for a single peer each", async () => {
  const listener = new Listener();
  const server = await transport(listener);
  const known = await plain();
  await server.send(request(udp(server)), known.address);
  expect(server.counts().sockets).toBe(2);
  const strangers = await Promise.all(Array.from({ length: 40 }, async () => plain()));
  for (const [index, { socket, address }] of [known, ...strangers].entries()) {
    socket.send(printMessage(request(address, index)), server.local.port, "127.0.0.1");
  }
  await listener.nth(41);
  expect(new Set(listener.messages.map(({ flow }) => flow.remote.port)).size).toBe(41);
});

test("of very many peers the one sent to longest ago is watched no more, and still heard", async () => {
  const listener = new Listener();
  const server = await transport(listener);
  const peers = await Promise.all(Array.from({ length: 70 }, async () => plain()));
  for (const { address } of peers) await server.send(request(udp(server)), address);
  expect(server.counts().sockets).toBeLessThanOrEqual(66);
  for (const [index, { socket, address }] of peers.entries()) {
    socket.send(printMessage(request(address, index)), server.local.port, "127.0.0.1");
  }
  await listener.nth(70);
});

describe("what cannot be read", () => {
  test("is answered 400 where its Via says, is counted, and is not told", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address } = await plain();
    const answer = once(socket, "message");
    const broken = Buffer.from(printMessage(request(address)))
      .toString()
      .replace("CSeq: 1 MESSAGE", "CSeq: 1 BYE");
    socket.send(broken, server.local.port, "127.0.0.1");
    const response = parseMessage(((await answer) as [Buffer])[0]);
    expect(response).toMatchObject({
      kind: "response",
      status: 400,
      reason: "Bad Request - a CSeq of another method",
    });
    expect(response.headers.get("Via")).toContain(`rport=${address.port};received=127.0.0.1`);
    expect(server.counts()).toMatchObject({ malformed: 1, received: 0 });
    expect(listener.messages).toHaveLength(0);
  });

  test("and keep-alives are dropped where there is nothing to answer", async () => {
    const listener = new Listener();
    const server = await transport(listener);
    const { socket, address } = await plain();
    const answers: Buffer[] = [];
    socket.on("message", (bytes) => answers.push(bytes));
    const ack = Buffer.from(printMessage(request(address)))
      .toString()
      .replace("MESSAGE sip", "ACK sip");
    for (const bytes of ["", "\r\n\r\n", "\0\0\0\0", "GET / HTTP/1.1\r\n\r\n", ack]) {
      socket.send(bytes, server.local.port, "127.0.0.1");
    }
    socket.send(printMessage(request(address, 9)), server.local.port, "127.0.0.1");
    await listener.nth(1);
    expect(server.counts()).toMatchObject({ malformed: 2, keepAlives: 3, received: 1 });
    // Whatever was sent back would have come before this answer.
    await server.send(ok(request(address, 9)), address);
    await once(socket, "message");
    expect(answers).toHaveLength(1);
  });
});

test("who is not admitted is not even parsed", async () => {
  const listener = new Listener();
  const { socket, address } = await plain();
  const friend = await plain();
  const server = await transport(listener, { admit: ({ port }) => port === friend.address.port });
  socket.send("nonsense", server.local.port, "127.0.0.1");
  socket.send(printMessage(request(address, 1)), server.local.port, "127.0.0.1");
  friend.socket.send(printMessage(request(friend.address, 2)), server.local.port, "127.0.0.1");
  expect((await listener.nth(1)).message.headers.get("Call-ID")).toBe("call-2");
  expect(server.counts()).toMatchObject({ refused: 2, malformed: 0, received: 1 });
});

test("the largest datagram arrives whole, a larger message is refused", async () => {
  const listener = new Listener();
  const server = await transport(listener);
  const client = await transport(new Listener());
  const empty = printMessage(request(udp(client), 1, Buffer.alloc(10_000))).length - 10_000;
  const body = 65_507 - empty;
  await client.send(request(udp(client), 1, Buffer.alloc(body)), udp(server));
  expect((await listener.nth(1)).message.body).toHaveLength(body);
  const sent = client.send(request(udp(client), 1, Buffer.alloc(body + 1)), udp(server));
  await expect(sent).rejects.toMatchObject({ code: "too-large", to: udp(server) });
});

test("a host that has no address cannot be sent to", async () => {
  const client = await transport(new Listener());
  // A label that long no resolver asks anybody for.
  const host = `${"a".repeat(64)}.invalid`;
  const sent = client.send(request(udp(client)), { protocol: "UDP", host, port: 5060 });
  await expect(sent).rejects.toMatchObject({ code: "unreachable" });
});

test("a port that is taken, by us or anybody, is not shared", async () => {
  const taken = await transport(new Listener());
  await expect(transport(new Listener(), { port: taken.local.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
  const { address } = await plain();
  await expect(transport(new Listener(), { port: address.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

test("a handler that throws does not silence the socket", async () => {
  const listener = new Listener();
  const server = await transport(listener);
  const client = await transport(new Listener());
  listener.onMessage = () => {
    throw new Error("a fault of the handler");
  };
  await client.send(request(udp(client), 1), udp(server));
  await listener.nth(1);
  await client.send(request(udp(client), 2), udp(server));
  expect((await listener.nth(2)).message.headers.get("Call-ID")).toBe("call-2");
});

test("closing closes every socket, settles what is being sent, and may be repeated", async () => {
  const client = await transport(new Listener());
  const { address } = await plain();
  await client.send(request(udp(client)), address);
  const other = await plain();
  const outcomes = Promise.allSettled([
    client.send(request(udp(client)), other.address),
    client.send(request(udp(client)), { ...other.address, host: "localhost" }),
    client.close(),
    client.close(),
  ]);
  for (const outcome of (await outcomes).slice(0, 2)) {
    expect(outcome.status === "fulfilled" || outcome.reason instanceof TransportError).toBe(true);
  }
  expect(client.counts().sockets).toBe(0);
  await expect(client.send(request(udp(client)), address)).rejects.toMatchObject({ code: "closed" });
});

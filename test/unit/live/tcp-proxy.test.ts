import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TcpProxy } from "../../live/harness/tcp-proxy.ts";

let server: Server;
let accepted: Promise<Socket>;
let proxy: TcpProxy;

beforeEach(async () => {
  // A connection that is cut on purpose may be reset.
  server = createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  accepted = once(server, "connection").then(([socket]) => socket as Socket);
  proxy = await TcpProxy.start((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

const frame = (body: string): string => `Content-Length: ${body.length}\n\n${body}`;

async function connect(): Promise<{ client: Socket; far: Socket }> {
  const client = createConnection({ host: "127.0.0.1", port: proxy.port });
  client.on("error", () => undefined);
  await once(client, "connect");
  return { client, far: await accepted };
}

test("passes bytes both ways and remembers the client's", async () => {
  const { client, far } = await connect();
  client.write("auth x\n\n");
  expect(String((await once(far, "data"))[0])).toBe("auth x\n\n");
  far.write(frame("one"));
  expect(String((await once(client, "data"))[0])).toBe(frame("one"));
  expect(proxy.fromClient).toBe("auth x\n\n");
});

test("keeps back the frames it is told to lose, until it is mended", async () => {
  const { client, far } = await connect();
  proxy.lose((text) => text.includes("HANGUP"));
  far.write(frame("HANGUP") + frame("next"));
  expect(String((await once(client, "data"))[0])).toBe(frame("next"));
  expect(proxy.lost).toBe(1);
  proxy.mend();
  far.write(frame("HANGUP"));
  expect(String((await once(client, "data"))[0])).toBe(frame("HANGUP"));
});

test("ends both sides when it is cut, and refuses until it is mended", async () => {
  const { client, far } = await connect();
  proxy.cut();
  await Promise.all([once(client, "close"), once(far, "close")]);
  const refused = createConnection({ host: "127.0.0.1", port: proxy.port });
  refused.on("error", () => undefined);
  await once(refused, "close");
  proxy.mend();
  const again = once(server, "connection");
  const back = createConnection({ host: "127.0.0.1", port: proxy.port });
  back.on("error", () => undefined);
  expect(await again).toHaveLength(1);
  back.destroy();
});

test("reads nothing from the switch while it is stalled", async () => {
  const { client, far } = await connect();
  far.write(frame("before"));
  await once(client, "data");
  proxy.stall();
  // Far more than the kernel holds between the two: the writer must come to a stand.
  const chunk = Buffer.from(frame("x".repeat(1_000_000)));
  let written = 0;
  while (far.write(chunk) && written < 64) written += 1;
  expect(far.writableNeedDrain).toBe(true);
  proxy.mend();
  client.resume();
  await once(far, "drain");
});

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { openTransports } from "../../../../src/protocol/sip/index.ts";
import { Listener, log, options } from "./party.ts";

test("both transports have one port, which nobody else has", async () => {
  const { UDP, TCP } = await openTransports(options, new Listener(), log);
  try {
    expect(UDP.local).toEqual(TCP.local);
    const again = openTransports({ ...options, port: UDP.local.port }, new Listener(), log);
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
  } finally {
    await Promise.all([UDP.close(), TCP.close()]);
  }
  const reopened = await openTransports({ ...options, port: UDP.local.port }, new Listener(), log);
  await Promise.all([reopened.UDP.close(), reopened.TCP.close()]);
});

test("when the port is taken for UDP, TCP does not keep it", async () => {
  const taken = createSocket("udp4");
  taken.bind(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address();
  const opened = openTransports({ ...options, port }, new Listener(), log);
  await expect(opened).rejects.toMatchObject({ code: "EADDRINUSE" });
  taken.close();
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
});

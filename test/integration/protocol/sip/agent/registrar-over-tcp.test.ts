import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Station } from "../../../../fakes/sip-station.ts";

/** A registrar of a few lines that grants everything, and its connections. */
class Registrar {
  readonly server: Server;
  readonly connections: Socket[] = [];
  readonly requests: string[] = [];
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.server = createServer((socket) => {
      this.connections.push(socket);
      socket.on("error", () => undefined);
      let text = "";
      socket.on("data", (bytes) => {
        text += bytes.toString("utf8");
        for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
          this.#answer(socket, text.slice(0, end));
          text = text.slice(end + 4);
        }
      });
    });
  }

  #answer(socket: Socket, request: string): void {
    this.requests.push(request);
    const same = request
      .split("\r\n")
      .filter((line) => /^(Via|From|To|Call-ID|CSeq|Contact|Expires):/.test(line))
      .map((line) => (line.startsWith("To:") ? `${line};tag=registrar` : line));
    socket.write(["SIP/2.0 200 OK", ...same, "Content-Length: 0", "", ""].join("\r\n"));
    for (const { count, resolve } of this.#waiting) if (this.requests.length >= count) resolve();
  }

  /** Resolves once that many REGISTERs came. */
  async nth(count: number): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    if (this.requests.length >= count) resolve();
    await promise;
    return this.requests[count - 1] ?? "";
  }
}

let registrar: Registrar;
let station: Station;

beforeEach(async () => {
  registrar = new Registrar();
  registrar.server.listen(0, "127.0.0.1");
  await once(registrar.server, "listening");
  station = await Station.open();
});

afterEach(async () => {
  await station.close();
  for (const socket of registrar.connections) socket.destroy();
  registrar.server.close();
});

test("a registration over TCP is made again at once when its connection is lost, whoever closed it", async () => {
  const { port } = registrar.server.address() as AddressInfo;
  const told: string[] = [];
  let registered = Promise.withResolvers<void>();
  const registration = station.register(
    port,
    "example.org",
    { username: "us", password: "secret" },
    {
      registered: ({ expires }) => {
        told.push(`registered ${expires}`);
        registered.resolve();
      },
      failed: ({ status }) => told.push(`failed ${status}`),
    },
    "TCP",
  );
  for (const [count, end] of [
    [1, (socket: Socket | undefined) => socket?.end()],
    [2, (socket: Socket | undefined) => socket?.resetAndDestroy()],
    [3, () => undefined],
  ] as const) {
    expect(await registrar.nth(count)).toContain("Expires: 120");
    await registered.promise;
    registered = Promise.withResolvers<void>();
    expect(registrar.connections).toHaveLength(count);
    end(registrar.connections.at(-1));
  }
  await registration.close();
  expect(await registrar.nth(4)).toContain("Expires: 0");
  expect(told).toEqual(["registered 120", "registered 120", "registered 120"]);
});

import { once } from "node:events";
import { createConnection } from "node:net";
import { within } from "./until.ts";

export interface EventSocketAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/**
 * One api command over an event-socket connection of its own, apart from the code under test.
 * Resolves to the body of the reply. Source: mod_event_socket, frames of `Content-Length`.
 */
export async function eventSocketApi(address: EventSocketAddress, command: string): Promise<string> {
  const socket = createConnection({ host: address.host, port: address.port });
  let received = "";
  const frame = async (): Promise<{ headers: string; body: string }> => {
    for (;;) {
      const end = received.indexOf("\n\n");
      if (end >= 0) {
        const headers = received.slice(0, end);
        const length = Number(/^Content-Length: (\d+)$/m.exec(headers)?.[1] ?? 0);
        if (received.length >= end + 2 + length) {
          const body = received.slice(end + 2, end + 2 + length);
          received = received.slice(end + 2 + length);
          return { headers, body: Buffer.from(body, "latin1").toString() };
        }
      }
      // Rejects on "error"; an end without one leaves nothing more to wait for.
      const ended = once(socket, "end").then(() => {
        throw new Error(`the event socket closed: ${received}`);
      });
      await Promise.race([once(socket, "data"), ended]);
    }
  };
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
  });
  const converse = async (): Promise<string> => {
    await frame();
    socket.write(`auth ${address.password}\n\n`);
    const { headers } = await frame();
    if (!headers.includes("+OK accepted")) throw new Error(`the event socket said: ${headers}`);
    socket.write(`api ${command}\n\n`);
    return (await frame()).body;
  };
  try {
    return await within(10, `event socket answers "${command}"`, converse());
  } finally {
    socket.destroy();
  }
}

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const given = new Set<number>();
// Below the ports that the kernel hands out by itself: a port stays ours while its server is being restarted.
const lowest = 10_000;
const highest = 29_999;

/** A port of 127.0.0.1 that is free for TCP and UDP now and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${lowest} and ${highest}`);
}

/** First and last of `count` consecutive ports for RTP, the first one even; each is probed for UDP. */
export async function freePortRange(count: number): Promise<{ from: number; to: number }> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const from = 30_000 + 2 * Math.floor(Math.random() * 1300);
    const ports = Array.from({ length: count }, (_, index) => from + index);
    const free = await Promise.all(ports.map(async (port) => !given.has(port) && isFreeForUdp(port)));
    if (free.every(Boolean)) {
      for (const port of ports) given.add(port);
      return { from, to: from + count - 1 };
    }
  }
  throw new Error(`no ${count} consecutive free UDP ports`);
}

const isFree = async (port: number): Promise<boolean> => (await isFreeForTcp(port)) && isFreeForUdp(port);

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

export interface Load {
  readonly port: number;
  /** Whole requests, sent in turn. */
  readonly requests: readonly Buffer[];
  /** Clients, each with one request under way. */
  readonly clients: number;
  readonly seconds: number;
  /** Whether a client keeps its connection; FreeSWITCH opens one for every look-up. */
  readonly keepAlive: boolean;
}

export interface Measured {
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds from the first byte sent, or the connection's opening, to the last one received. */
  readonly p50: number;
  readonly p99: number;
}

/** A POST as bytes. */
export function postRequest(path: string, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const all = { host: "127.0.0.1", ...headers, "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

async function opened(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Resolves when the whole answer is there; rejects if it is not a 200 with a length. */
async function exchange(socket: Socket, request: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = "";
  const onData = (chunk: string): void => {
    received += chunk;
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1];
    if (!received.startsWith("HTTP/1.1 200 ") || length === undefined)
      reject(new Error(received.slice(0, 300)));
    else if (received.length >= end + 4 + Number(length)) resolve();
  };
  const onClose = (): void => reject(new Error("the server closed the connection"));
  socket.setEncoding("latin1").on("data", onData).on("close", onClose).on("error", reject);
  socket.write(request);
  try {
    await promise;
  } finally {
    socket.off("data", onData).off("close", onClose).off("error", reject);
  }
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Sends requests for so long. Rejects at the first that is not answered with 200. */
export async function load({ port, requests, clients, seconds, keepAlive }: Load): Promise<Measured> {
  const took: number[] = [];
  let next = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let socket: Socket | undefined;
      while (performance.now() < end) {
        const request = requests[next++ % requests.length];
        if (!request) throw new Error("no requests");
        const before = performance.now();
        socket ??= await opened(port);
        await exchange(socket, request);
        took.push(performance.now() - before);
        if (!keepAlive) {
          socket.destroy();
          socket = undefined;
        }
      }
      socket?.destroy();
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  return { rate: took.length / elapsed, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** Listens, then blocks its thread: what the system queues of connections is never accepted. */
const program = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A port of loopback on which a connection neither comes about nor is refused: its listener's queue is full. */
export async function stuckListener(): Promise<{
  readonly port: number;
  readonly close: () => Promise<void>;
}> {
  const worker = new Worker(program, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const fillers: Socket[] = [];
  const close = async (): Promise<void> => {
    for (const filler of fillers) filler.destroy();
    await worker.terminate();
  };
  // A queue of n takes n + 1 connections (Linux); whatever more is asked for is not answered.
  for (let count = 0; count < 2; count += 1) {
    const filler = connect(port, "127.0.0.1");
    filler.on("error", () => undefined);
    fillers.push(filler);
    await once(filler, "connect");
  }
  return { port, close };
}

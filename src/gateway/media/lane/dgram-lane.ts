import { createSocket, type Socket } from "node:dgram";
import { Failure, reasonOf, type Clock, type Logger } from "../../../base/index.ts";
import { closeSocket, DgramPort } from "./dgram-port.ts";
import type { Lane, LanePort, LanePortEvents, LanePortOptions } from "./lane.ts";

export interface DgramLaneOptions {
  readonly clock: Clock;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** Addresses are literals: node's own lookup would put every packet off to the next tick. */
const lookup = (
  host: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void => done(null, host, 4);

/** The lane of `node:dgram` sockets on this very thread: works everywhere, one system call per packet. */
export class DgramLane implements Lane {
  readonly #options: DgramLaneOptions;
  readonly #ports = new Map<DgramPort, number>();

  constructor(options: DgramLaneOptions) {
    this.#options = options;
  }

  get sockets(): number {
    return [...this.#ports.values()].reduce((sum, sockets) => sum + sockets, 0);
  }

  get timers(): number {
    return [...this.#ports.keys()].reduce((sum, port) => sum + port.timers, 0);
  }

  async open(options: LanePortOptions, events: LanePortEvents): Promise<LanePort | null> {
    const socket = await this.#bind(options.host, options.port);
    if (!socket) return null;
    let rtcpSocket: Socket | null = null;
    try {
      rtcpSocket = options.rtcp ? await this.#bind(options.host, options.port + 1) : null;
    } finally {
      if (options.rtcp && !rtcpSocket) await closeSocket(socket);
    }
    if (options.rtcp && !rtcpSocket) return null;
    const { clock, random } = this.#options;
    const closed = (): void => void this.#ports.delete(port);
    const port = new DgramPort({ ...options, socket, rtcpSocket, clock, random, closed }, events);
    this.#ports.set(port, rtcpSocket ? 2 : 1);
    return port;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ports.keys()].map((port) => port.close()));
  }

  #bind(address: string, port: number): Promise<Socket | null> {
    // Some systems let several sockets share a port unless told otherwise.
    const socket = createSocket({ type: "udp4", reuseAddr: false, lookup });
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        if (error.code === "EADDRINUSE") resolve(null);
        else reject(new Failure("cannot-listen", `Media cannot be taken at ${address}: ${reasonOf(error)}`));
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        socket.on("error", (error) => this.#options.log.warn({ err: error, port }, "a media socket failed"));
        resolve(socket);
      });
    });
  }
}

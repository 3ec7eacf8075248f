import { once } from "node:events";
import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { plainAddress, type Logger } from "../../base/index.ts";
import { limits } from "./head.ts";
import { Intake } from "./intake.ts";
import type { Flow, SipAddress, SipMessage, Transport, TransportEvents } from "./model.ts";
import { printMessage } from "./print.ts";
import { addressText } from "./routing.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { systemReason, TransportError, type ListenOptions, type TransportCounts } from "./transport.ts";

/** Milliseconds until a connection must stand. */
const connectDeadline = 5_000;
/** Milliseconds that `close` gives peers to read what was sent. */
const drainDeadline = 2_000;
const mostConnections = 1_000;

const closedReason = "the transport is closed";

const wildcards = new Set(["0.0.0.0", "::"]);

/**
 * SIP over TCP: one connection per remote address, whoever opened it, used for whatever goes there. A connection that
 * is gone is told by `disconnected`; the next message opens another.
 */
export class TcpTransport implements Transport {
  readonly local: { readonly host: string; readonly port: number };
  readonly #options: ListenOptions;
  readonly #server: Server;
  readonly #intake: Intake;
  /** By remote address; those that may still be used. */
  readonly #byRemote = new Map<string, TcpConnection>();
  readonly #connecting = new Map<string, Promise<TcpConnection>>();
  readonly #open = new Set<TcpConnection>();
  /** Not connected yet. */
  readonly #attempts = new Set<Socket>();
  #closing: Promise<void> | undefined;

  /** Use `openTcp`. */
  constructor(server: Server, port: number, options: ListenOptions, intake: Intake, log: Logger) {
    this.#server = server;
    this.#options = options;
    this.#intake = intake;
    this.local = { host: options.host, port };
    server.on("connection", (socket: Socket) => this.#accept(socket));
    server.on("error", (error) => log.warn({ err: error }, "the SIP server socket reported an error"));
  }

  counts(): TransportCounts {
    return this.#intake.counts(this.#open.size + this.#attempts.size);
  }

  /** Rejects with a TransportError; `too-large` beyond 64 KiB. */
  async send(message: SipMessage, to: SipAddress): Promise<Flow> {
    const bytes = printMessage(message);
    if (bytes.length > limits.message) {
      throw new TransportError("too-large", to, `a message of ${bytes.length} bytes`);
    }
    const connection = await this.#connection(to);
    await connection.send(bytes, to);
    return connection.flow;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const stopped = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#attempts) socket.destroy(new Error(closedReason));
    const open = [...this.#open];
    for (const connection of open) connection.end(closedReason);
    const cancel = this.#options.clock.after(drainDeadline, () => {
      for (const connection of open) connection.destroy(closedReason);
    });
    await Promise.all(open.map((connection) => connection.closed));
    cancel();
    await stopped;
  }

  #accept(socket: Socket): void {
    socket.on("error", () => undefined);
    const { remoteAddress, remotePort } = socket;
    if (this.#closing || remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const remote: SipAddress = { protocol: "TCP", host: plainAddress(remoteAddress), port: remotePort };
    const most = this.#options.connections ?? mostConnections;
    if (this.#open.size >= most || !this.#intake.admits(remote)) socket.destroy();
    else this.#adopt(socket, remote, []);
  }

  #adopt(socket: Socket, remote: SipAddress, names: readonly string[]): TcpConnection {
    const local: SipAddress = {
      protocol: "TCP",
      host: plainAddress(socket.localAddress ?? this.local.host),
      port: socket.localPort ?? this.local.port,
    };
    const connection = new TcpConnection(
      socket,
      { local, remote },
      {
        clock: this.#options.clock,
        intake: this.#intake,
        unusable: () => {
          for (const key of keys) if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
        },
        closed: () => this.#open.delete(connection),
      },
    );
    const keys = [addressText(remote), ...names];
    this.#open.add(connection);
    for (const key of keys) this.#byRemote.set(key, connection);
    return connection;
  }

  async #connection(to: SipAddress): Promise<TcpConnection> {
    if (this.#closing) throw new TransportError("closed", to, closedReason);
    const key = addressText(to);
    const known = this.#byRemote.get(key) ?? this.#connecting.get(key);
    if (known) return known;
    const attempt = this.#connect(to, key);
    this.#connecting.set(key, attempt);
    try {
      return await attempt;
    } finally {
      this.#connecting.delete(key);
    }
  }

  async #connect(to: SipAddress, key: string): Promise<TcpConnection> {
    const { host } = this.#options;
    const socket = connect({
      host: to.host,
      port: to.port,
      // The peer knows us by the address that we listen on.
      ...(wildcards.has(host) || isIP(host) === 0 ? {} : { localAddress: host }),
    });
    this.#attempts.add(socket);
    const cancel = this.#options.clock.after(connectDeadline, () => {
      socket.destroy(new Error(`no connection within ${connectDeadline} ms`));
    });
    try {
      await once(socket, "connect");
    } catch (error) {
      const code = this.#closing ? "closed" : "unreachable";
      throw new TransportError(code, to, systemReason(error), { cause: error });
    } finally {
      cancel();
      this.#attempts.delete(socket);
    }
    if (this.#closing) {
      socket.destroy();
      throw new TransportError("closed", to, closedReason);
    }
    const remote: SipAddress = {
      protocol: "TCP",
      host: plainAddress(socket.remoteAddress ?? to.host),
      port: socket.remotePort ?? to.port,
    };
    return this.#adopt(socket, remote, [key]);
  }
}

/** Listens. Rejects with the system's error: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export async function openTcp(
  options: ListenOptions,
  events: TransportEvents,
  log: Logger,
): Promise<TcpTransport> {
  const server = createServer({ noDelay: true });
  const listening = once(server, "listening");
  server.listen({ host: options.host, port: options.port, exclusive: true });
  await listening;
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return new TcpTransport(server, port, options, new Intake("TCP", options, events, log), log);
}

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP, isIPv6 } from "node:net";
import { plainAddress, type Logger } from "../../base/index.ts";
import { Intake } from "./intake.ts";
import { parseMessage } from "./message.ts";
import type { Flow, SipAddress, SipMessage, Transport, TransportEvents } from "./model.ts";
import { SipParseError } from "./parse-error.ts";
import { printMessage } from "./print.ts";
import { addressText } from "./routing.ts";
import { systemReason, TransportError, type ListenOptions, type TransportCounts } from "./transport.ts";

/** What IPv4 carries: 65,535 less its header and that of UDP. */
const largestDatagram = 65_507;
/** Peers that a socket of their own watches for ICMP errors; the one sent to longest ago gives way. */
const mostPeers = 64;
/** A burst of calls must not be lost between two turns of the event loop; the system may grant less. */
const receiveBuffer = 1024 * 1024;

type Sharing = "exclusive" | "shared";

async function bound(host: string, port: number, sharing: Sharing): Promise<Socket> {
  const type = isIPv6(host) ? "udp6" : "udp4";
  const socket = createSocket({ type, reusePort: sharing === "shared", recvBufferSize: receiveBuffer });
  try {
    const listening = once(socket, "listening");
    socket.bind({ address: host, port });
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function closed(socket: Socket): Promise<void> {
  const end = once(socket, "close");
  socket.close();
  await end;
}

/** Sockets sharing a port is for us alone: who else has it is told at the start, as by any exclusive bind. */
async function openMain(host: string, port: number): Promise<{ socket: Socket; sharing: Sharing }> {
  const probe = await bound(host, port, "exclusive");
  const taken = probe.address().port;
  await closed(probe);
  try {
    return { socket: await bound(host, taken, "shared"), sharing: "shared" };
  } catch (error) {
    // Not every system shares ports between the sockets of one user (SO_REUSEPORT); ICMP is not told there.
    if (systemReason(error) !== "ENOTSUP") throw error;
    return { socket: await bound(host, taken, "exclusive"), sharing: "exclusive" };
  }
}

function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0);
}

/**
 * SIP over UDP. Requests to a peer leave by a socket connected to it, on the same port, so that the system tells us of
 * ICMP errors (RFC 3261 section 18.4): `disconnected` with the flow, after which its transactions may fail at once.
 */
export class UdpTransport implements Transport {
  readonly local: { readonly host: string; readonly port: number };
  readonly #main: Socket;
  readonly #sharing: Sharing;
  readonly #intake: Intake;
  readonly #log: Logger;
  readonly #peers = new Map<string, Promise<Socket>>();
  /** Every socket that is open, those still being connected included. */
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;

  /** Use `openUdp`. */
  constructor(main: Socket, sharing: Sharing, intake: Intake, host: string, log: Logger) {
    this.#main = main;
    this.#sharing = sharing;
    this.#intake = intake;
    this.#log = log;
    this.local = { host, port: main.address().port };
    this.#listen(main);
    main.on("error", (error) => this.#log.warn({ err: error }, "the SIP socket reported an error"));
  }

  counts(): TransportCounts {
    return this.#intake.counts(this.#sockets.size);
  }

  /** Rejects with a TransportError; `too-large` beyond 65,507 bytes. */
  async send(message: SipMessage, to: SipAddress): Promise<Flow> {
    return this.#sendBytes(printMessage(message), to, message.kind === "request");
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#peers.clear();
    await Promise.all(Array.from(this.#sockets, (socket) => closed(socket)));
  }

  #listen(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("message", (bytes, from) => this.#receive(bytes, from));
  }

  async #sendBytes(bytes: Uint8Array, to: SipAddress, watched: boolean): Promise<Flow> {
    if (bytes.length > largestDatagram) {
      throw new TransportError("too-large", to, `a datagram of ${bytes.length} bytes`);
    }
    const remote: SipAddress = { ...to, host: await this.#addressOf(to) };
    const flow = this.#flow(remote);
    if (!watched) {
      await this.#hand(this.#main, bytes, to, remote);
      return flow;
    }
    const socket = await this.#peer(remote, flow);
    const connected = socket !== this.#main;
    try {
      await this.#hand(socket, bytes, to, connected ? undefined : remote);
    } catch (error) {
      if (!connected || !(error instanceof TransportError) || error.code !== "unreachable") throw error;
      // What the system reports here is the fate of an earlier datagram, and this one was not sent.
      this.#intake.disconnected(flow, error.message);
      await this.#hand(socket, bytes, to, undefined);
    }
    return flow;
  }

  #flow(remote: SipAddress): Flow {
    return { local: { protocol: "UDP", ...this.local }, remote };
  }

  async #addressOf(to: SipAddress): Promise<string> {
    if (isIP(to.host) !== 0) return to.host;
    try {
      return (await lookup(to.host, { family: isIPv6(this.local.host) ? 6 : 4 })).address;
    } catch (error) {
      throw new TransportError("unreachable", to, `no address of ${to.host}`, { cause: error });
    }
  }

  #hand(socket: Socket, bytes: Uint8Array, to: SipAddress, remote: SipAddress | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing) throw new TransportError("closed", to, "the transport is closed");
      const sent = (error: Error | null): void => {
        if (!error) {
          this.#intake.sent();
          resolve();
          return;
        }
        const code = systemReason(error);
        const kind = code === "EMSGSIZE" ? "too-large" : code === "ECANCELED" ? "closed" : "unreachable";
        reject(new TransportError(kind, to, code, { cause: error }));
      };
      if (remote) socket.send(bytes, remote.port, remote.host, sent);
      else socket.send(bytes, sent);
    });
  }

  /** The socket that watches this peer; the main one where the system lets only one have the port. */
  async #peer(remote: SipAddress, flow: Flow): Promise<Socket> {
    if (this.#sharing === "exclusive") return this.#main;
    const key = addressText(remote);
    const known = this.#peers.get(key);
    this.#peers.delete(key);
    const peer = known ?? this.#connect(remote, flow);
    this.#peers.set(key, peer);
    if (this.#peers.size > mostPeers) void this.#forgetOldest();
    try {
      return await peer;
    } catch (error) {
      if (this.#peers.get(key) === peer) this.#peers.delete(key);
      throw new TransportError(this.#closing ? "closed" : "unreachable", remote, "no socket for it", {
        cause: error,
      });
    }
  }

  async #connect(remote: SipAddress, flow: Flow): Promise<Socket> {
    const socket = await bound(this.local.host, this.local.port, "shared");
    if (this.#closing) {
      await closed(socket);
      throw new Error("the transport is closed");
    }
    this.#listen(socket);
    try {
      const connected = once(socket, "connect");
      socket.connect(remote.port, remote.host);
      await connected;
    } catch (error) {
      if (this.#sockets.has(socket)) socket.close();
      throw error;
    }
    socket.on("error", (error) => this.#intake.disconnected(flow, systemReason(error)));
    return socket;
  }

  async #forgetOldest(): Promise<void> {
    const [oldest] = this.#peers;
    if (!oldest) return;
    const [key, peer] = oldest;
    this.#peers.delete(key);
    const socket = await peer.catch(() => undefined);
    if (socket && this.#sockets.has(socket)) socket.close();
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    if (this.#closing) return;
    const remote: SipAddress = { protocol: "UDP", host: plainAddress(from.address), port: from.port };
    if (!this.#intake.admits(remote)) return;
    if (isKeepAlive(bytes)) {
      this.#intake.keepAlive();
      return;
    }
    const flow = this.#flow(remote);
    let message: SipMessage;
    try {
      message = parseMessage(bytes);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      const answer = this.#intake.malformed(error, flow);
      if (!answer) return;
      this.#sendBytes(printMessage(answer.response), answer.to, false).catch((failure: unknown) => {
        this.#log.debug({ err: failure }, "an answer could not be sent");
      });
      return;
    }
    this.#intake.message(message, flow);
  }
}

/** Binds. Rejects with the system's error: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export async function openUdp(
  options: ListenOptions,
  events: TransportEvents,
  log: Logger,
): Promise<UdpTransport> {
  const { socket, sharing } = await openMain(options.host, options.port);
  return new UdpTransport(socket, sharing, new Intake("UDP", options, events, log), options.host, log);
}

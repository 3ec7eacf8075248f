import type { Socket } from "node:net";
import type { Clock } from "../../base/index.ts";
import { StreamFramer, type StreamItem } from "./framing.ts";
import type { Intake } from "./intake.ts";
import type { Flow, SipAddress } from "./model.ts";
import { SipParseError } from "./parse-error.ts";
import { printMessage } from "./print.ts";
import { TransportError } from "./transport.ts";

/** Milliseconds, and bytes. */
const tcpLimits = {
  /** From a message's first byte to its last. */
  halfMessage: 10_000,
  /** Without anything in either direction; the next message connects again. */
  idle: 10 * 60_000,
  /** That written bytes wait for a peer that reads nothing. */
  stalled: 10_000,
  /** Bytes that wait for it. */
  unsent: 1024 * 1024,
} as const;

const stalledReason = "the peer reads nothing";
const pong = Buffer.from("\r\n");

export interface ConnectionSurroundings {
  readonly clock: Clock;
  readonly intake: Intake;
  /** Called once, as soon as nothing more may be sent. */
  readonly unusable: () => void;
  /** Called once, when the socket is closed. */
  readonly closed: () => void;
}

/** One TCP connection that is open. It ends itself when the peer misbehaves, stalls, or has nothing more to say. */
export class TcpConnection {
  readonly flow: Flow;
  /** Resolves with the reason once the socket is closed, whoever closed it. Never rejects. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #around: ConnectionSurroundings;
  readonly #framer = new StreamFramer();
  readonly #end = Promise.withResolvers<string>();
  #reason: string | undefined;
  #lastActivity: number;
  #carried = false;
  #cancelIdle: () => void = () => undefined;
  #cancelHalfMessage: (() => void) | undefined;
  #cancelStalled: (() => void) | undefined;

  constructor(socket: Socket, flow: Flow, around: ConnectionSurroundings) {
    this.#socket = socket;
    this.flow = flow;
    this.#around = around;
    this.closed = this.#end.promise;
    this.#lastActivity = around.clock.now();
    // Notices in time a peer that vanished without a word.
    socket.setNoDelay(true).setKeepAlive(true, 30_000);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => {
      this.#retire("closed by the peer");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#retire(error.code ?? error.message);
    });
    socket.on("close", () => this.#finish());
    this.#watchIdle();
  }

  /** Whether messages may still be sent: not once either side has begun to close. */
  get usable(): boolean {
    return this.#reason === undefined;
  }

  /** Resolves when the system took the bytes; rejects with a TransportError. */
  send(bytes: Uint8Array, to: SipAddress): Promise<void> {
    if (!this.usable) return Promise.reject(new TransportError("closed", to, "the connection is closed"));
    if (this.#socket.writableLength + bytes.length > tcpLimits.unsent) this.destroy(stalledReason);
    this.#carried = true;
    return new Promise((resolve, reject) => {
      this.#write(bytes, (error) => {
        if (!error) {
          this.#around.intake.sent();
          resolve();
          return;
        }
        const stalled = this.#reason === stalledReason;
        reject(new TransportError(stalled ? "stalled" : "closed", to, this.#reason ?? error.message));
      });
    });
  }

  /** Sends what was written, then closes. */
  end(reason: string): void {
    this.#retire(reason);
    this.#socket.end();
  }

  /** Closes at once; whatever was not sent is rejected. */
  destroy(reason: string): void {
    this.#retire(reason);
    this.#socket.destroy();
  }

  #write(bytes: Uint8Array, written: (error?: Error | null) => void): void {
    this.#lastActivity = this.#around.clock.now();
    this.#socket.write(bytes, (error) => {
      this.#watchStalled(this.#socket.writableLength > 0);
      written(error);
    });
    if (!this.#cancelStalled) this.#watchStalled(this.#socket.writableLength > 0);
  }

  #watchStalled(waiting: boolean): void {
    this.#cancelStalled?.();
    this.#cancelStalled = undefined;
    if (!waiting || this.#socket.destroyed) return;
    this.#cancelStalled = this.#around.clock.after(tcpLimits.stalled, () => this.destroy(stalledReason));
  }

  #watchIdle(): void {
    const { clock } = this.#around;
    const left = this.#lastActivity + tcpLimits.idle - clock.now();
    if (left > 0) this.#cancelIdle = clock.after(left, () => this.#watchIdle());
    else this.end("idle");
  }

  #receive(chunk: Buffer): void {
    if (!this.usable) return;
    this.#lastActivity = this.#around.clock.now();
    this.#framer.push(chunk);
    let ended = false;
    let pings = 0;
    try {
      for (let item = this.#framer.next(); item && this.usable; item = this.#framer.next()) {
        if (item.kind === "ping") pings += 1;
        else ended = this.#handle(item);
      }
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#refuse(error);
      this.end(error.reason);
      return;
    }
    if (pings > 0) this.#pong(pings);
    this.#watchHalfMessage(ended);
  }

  #handle(item: Exclude<StreamItem, { kind: "ping" }>): true {
    if (item.kind === "message") {
      this.#carried = true;
      this.#around.intake.message(item.message, this.flow);
    } else {
      this.#refuse(item.error);
    }
    return true;
  }

  /** On this connection, whatever the Via says: it is where the peer reads. */
  #refuse(fault: SipParseError): void {
    const answer = this.#around.intake.malformed(fault, this.flow);
    if (!answer) return;
    this.send(printMessage(answer.response), answer.to).catch(() => undefined);
  }

  #pong(count: number): void {
    this.#around.intake.keepAlive();
    if (this.#socket.writableLength > tcpLimits.unsent) this.destroy(stalledReason);
    else this.#write(Buffer.alloc(count * pong.length, pong), () => undefined);
  }

  /** The deadline runs from a message's first byte, so that a trickle does not keep it away. */
  #watchHalfMessage(ended: boolean): void {
    if (ended || !this.#framer.unfinished) {
      this.#cancelHalfMessage?.();
      this.#cancelHalfMessage = undefined;
    }
    if (!this.#framer.unfinished || this.#cancelHalfMessage) return;
    this.#cancelHalfMessage = this.#around.clock.after(tcpLimits.halfMessage, () =>
      this.destroy("half a message"),
    );
  }

  #retire(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#around.unusable();
  }

  #finish(): void {
    this.#retire("closed");
    const reason = this.#reason ?? "closed";
    this.#around.closed();
    this.#cancelIdle();
    this.#cancelHalfMessage?.();
    this.#watchStalled(false);
    this.#end.resolve(reason);
    if (this.#carried) this.#around.intake.disconnected(this.flow, reason);
  }
}

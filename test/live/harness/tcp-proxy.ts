import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { EventFrames } from "./event-frames.ts";

/** Stands between Patchcord and an event socket, and breaks what goes through. */
export class TcpProxy {
  readonly #target: number;
  readonly #from: string;
  readonly #pairs = new Set<{ client: Socket; server: Socket }>();
  readonly #listener: Server;
  #cut = false;
  #stalled = false;
  #lose: ((frame: string) => boolean) | undefined;
  /** Frames that `lose` kept back. */
  lost = 0;
  /** Bytes that were sent by the client, e.g. to show that it sent nothing mutating. */
  fromClient = "";

  private constructor(target: number, from: string) {
    this.#target = target;
    this.#from = from;
    this.#listener = createServer((client) => {
      this.#accept(client);
    });
  }

  /** `from` is the loopback address that it connects to the switch from. */
  static async start(target: number, from = "127.0.0.1"): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, from);
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  #accept(client: Socket): void {
    if (this.#cut) {
      client.destroy();
      return;
    }
    const server = createConnection({ host: "127.0.0.1", port: this.#target, localAddress: this.#from });
    const pair = { client, server };
    this.#pairs.add(pair);
    const frames = new EventFrames();
    client.on("data", (bytes: Buffer) => {
      this.fromClient += bytes.toString("latin1");
      server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      for (const frame of frames.push(bytes)) {
        if (this.#lose?.(frame.toString("latin1"))) this.lost += 1;
        else client.write(frame);
      }
    });
    if (this.#stalled) server.pause();
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }

  /** Ends every connection and refuses new ones until `mend`. */
  cut(): void {
    this.#cut = true;
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Reads nothing more from the switch until `mend`: its side of the connection fills up. */
  stall(): void {
    this.#stalled = true;
    for (const { server } of this.#pairs) server.pause();
  }

  /** Keeps back the frames from the switch that fit, until `mend`. */
  lose(fits: (frame: string) => boolean): void {
    this.#lose = fits;
  }

  mend(): void {
    this.#cut = false;
    this.#stalled = false;
    this.#lose = undefined;
    for (const { server } of this.#pairs) server.resume();
  }

  async close(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }
}

import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { netstring, NetstringReader } from "./netstring.ts";
import { until, within } from "./until.ts";

/** An event of baresip's ctrl_tcp module, e.g. `CALL_ESTABLISHED`. */
export interface PhoneEvent {
  readonly type: string;
  readonly id?: string;
  readonly peeruri?: string;
  readonly peerdisplayname?: string;
  readonly param?: string;
}

interface Reply {
  readonly response: true;
  readonly ok: boolean;
  readonly data: string;
  readonly token?: string;
}

/** The control connection to a running baresip; it serves one client at a time. */
export class PhoneControl {
  readonly events: PhoneEvent[] = [];
  readonly #socket: Socket;
  readonly #replies = new Map<string, (reply: Reply) => void>();
  #commands = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new NetstringReader();
    socket.on("data", (chunk: Buffer) => {
      for (const text of reader.push(chunk)) this.#receive(JSON.parse(text) as PhoneEvent | Reply);
    });
    socket.on("error", () => undefined);
  }

  static async connect(port: number): Promise<PhoneControl> {
    return until("baresip takes a control connection", async () => {
      const socket = createConnection({ host: "127.0.0.1", port });
      await once(socket, "connect");
      return new PhoneControl(socket);
    });
  }

  #receive(message: PhoneEvent | Reply): void {
    if (!("response" in message)) {
      this.events.push(message);
      return;
    }
    const token = message.token ?? "";
    this.#replies.get(token)?.(message);
    this.#replies.delete(token);
  }

  /** Runs a command of baresip's menu, e.g. `dial` with `sip:1002@lab.test`; rejects if baresip does not know it. */
  async command(name: string, params?: string): Promise<string> {
    this.#commands += 1;
    const token = String(this.#commands);
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#replies.set(token, resolve);
    this.#socket.write(
      netstring(JSON.stringify({ command: name, token, ...(params === undefined ? {} : { params }) })),
    );
    const { ok, data } = await within(10, `baresip answers "${name}"`, promise);
    if (!ok) throw new Error(`baresip refused "${name}": ${data}`);
    return data;
  }

  /** Resolves to the first event from number `since` on that fits. */
  async event(type: string, since: number, seconds: number): Promise<PhoneEvent> {
    return until(
      `baresip tells ${type}; it told ${this.events
        .slice(since)
        .map((event) => event.type)
        .join(" ")}`,
      () => this.events.slice(since).find((event) => event.type === type),
      { seconds, everyMilliseconds: 20 },
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}

import type { FastifyPluginAsync } from "fastify";
import type { WebSocket } from "ws";
import type { ClientFrame, ClientFrameType, ServerFrame } from "../../src/contract/index.ts";

type FrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>;

/** One connection of a web phone, played by the test: nothing is answered unless the test says so. */
export class ScriptedDevice {
  readonly token: string;
  /** Every frame that came, in order; those taken by `next` included. */
  readonly frames: ClientFrame[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #unread: ClientFrame[] = [];
  /** Answers no `ping`: the network swallows everything. */
  deaf = false;
  pings = 0;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket, token: string) {
    this.#socket = socket;
    this.token = token;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.closed = promise;
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString("utf8")) as ClientFrame;
      if (frame.type === "ping") {
        this.pings += 1;
        if (!this.deaf) this.done(frame);
        return;
      }
      this.frames.push(frame);
      this.#unread.push(frame);
      this.#wake();
    });
    socket.on("close", (code) => resolve(code));
  }

  /** Sends a frame, as the answer to a request if one is given. */
  tell(frame: ServerFrame, answering: { ref?: string } = {}): void {
    const { ref } = answering;
    this.#socket.send(JSON.stringify(ref === undefined ? frame : { ...frame, ref }));
  }

  /** Whatever it is, as it is. */
  tellRaw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Lets the user in, as Patchcord does. */
  welcome(user = "2001", displayName = "Ada Lovelace", iceServers: { urls: string[] }[] = []): void {
    this.tell({
      type: "welcome",
      user,
      displayName,
      session: "session-of-this-test",
      iceServers,
      limits: { content: 8192, response: 8192, channelId: 64 },
      expiresAt: 4_000_000_000_000,
    });
    this.tell({ type: "ready" });
  }

  /** The next frame of that type that was not taken yet; those of other types before it are passed over. */
  async next<Type extends ClientFrameType>(type: Type): Promise<FrameOf<Type>> {
    for (;;) {
      for (let frame = this.#unread.shift(); frame !== undefined; frame = this.#unread.shift()) {
        if (frame.type === type) return frame as FrameOf<Type>;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Answers a request with `done`. */
  done(request: { ref?: string }): void {
    this.tell({ type: "done" }, request);
  }

  /** Takes an invitation. */
  sent(invite: FrameOf<"invite">): void {
    this.tell({ type: "state", id: invite.id ?? "", state: "sent" }, invite);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** As when the network fails: no close frame. */
  cut(): void {
    this.#socket.terminate();
  }
}

/** `/rtc` as a script: connections wait for the test to answer them. */
export class ScriptedSignalling {
  readonly devices: ScriptedDevice[] = [];
  /** Tokens that are refused before the WebSocket is opened, as `Authorization` is. */
  readonly refused = new Set<string>();
  readonly #waiting: ScriptedDevice[] = [];
  #wake: () => void = () => undefined;

  readonly plugin: FastifyPluginAsync = async (app) => {
    app.get(
      "/rtc",
      {
        websocket: true,
        preHandler: async (request, reply) => {
          const header = request.headers.authorization?.slice("Bearer ".length);
          if (this.refused.has(header ?? tokenIn(request.query)))
            await reply.code(401).send({ code: "unauthorized", detail: "the token has expired" });
        },
      },
      (socket, request) => {
        const device = new ScriptedDevice(socket, tokenIn(request.query));
        this.devices.push(device);
        this.#waiting.push(device);
        this.#wake();
      },
    );
  };

  /** The next connection that no test has taken yet. */
  async device(): Promise<ScriptedDevice> {
    for (;;) {
      const device = this.#waiting.shift();
      if (device !== undefined) return device;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const tokenIn = (query: unknown): string =>
  typeof query === "object" && query !== null && "token" in query ? String(query.token) : "";

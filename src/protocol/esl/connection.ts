import type { Socket } from "node:net";
import { Failure, type Clock, type Ids } from "../../base/index.ts";
import { bounded, type Bounds } from "./bounded.ts";
import type { ApiCommand } from "./commands.ts";
import { parseJsonEvent, type EventHeaders } from "./event.ts";
import { FrameParser, ProtocolViolation, type Frame, type FrameLimits } from "./frame.ts";
import { Connection } from "./modesl.ts";
import { Jobs, ReplyQueue } from "./pending.ts";
import { safeLine } from "./text.ts";

/**
 * connecting ──auth/request──► authenticating ──+OK──► ready
 *     └──────────────┴──────────────┴──► closed, with its reason
 */
export type ConnectionState = "connecting" | "authenticating" | "ready" | "closed";

export interface CloseReason {
  readonly kind:
    /** No connection came about: refused, no route, no such host, no greeting in time. */
    | "unreachable"
    /** The switch's access list keeps us out (`text/rude-rejection`). */
    | "access-refused"
    | "password-refused"
    /** The switch said that it ends the connection, as it does when it shuts down. */
    | "disconnect-notice"
    /** The connection broke. */
    | "lost"
    /** The peer sent what is no event-socket frame, or one beyond the limits. */
    | "protocol"
    /** The peer does not read what we send. */
    | "stalled"
    /** We closed it. */
    | "requested";
  readonly detail: string;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "uuid">;
  /** Called with every event but the results of our own jobs. Must not throw, nor take long. */
  readonly onEvent: (event: EventHeaders) => void;
  /** Milliseconds until the switch must have admitted us. */
  readonly connectDeadline?: number;
  /** Milliseconds that a command may take unless it says otherwise. */
  readonly commandDeadline?: number;
  readonly limits?: FrameLimits;
}

/** Bytes of commands that may wait for a peer that does not read. */
const maxUnsentBytes = 4 * 1024 * 1024;

/** modesl's Connection with our framing, one reply queue, and every wait bounded. */
export class EslConnection extends Connection {
  /** Resolves once commands may be sent; rejects with `switch-unavailable`. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the connection is closed, whoever closed it. Never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly #options: ConnectionOptions;
  readonly #parser: FrameParser;
  readonly #replies = new ReplyQueue();
  readonly #jobs = new Jobs();
  readonly #admitted = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<CloseReason>();
  readonly #stream: Socket;
  readonly #cancelConnectDeadline: () => void;
  #state: ConnectionState = "connecting";
  #framesReceived = 0;
  #badEvents = 0;

  constructor(options: ConnectionOptions) {
    super(options.host, options.port, safeLine(options.password));
    this.#options = options;
    this.#parser = new FrameParser(options.limits);
    this.ready = this.#admitted.promise;
    // The reason is told by `closed` as well; whoever only watches that one need not catch this.
    this.ready.catch(() => undefined);
    this.closed = this.#end.promise;
    if (!this.socket) throw new Error("modesl made no socket");
    this.#stream = this.socket;
    this.#stream.setNoDelay(true).setKeepAlive(true, 15_000);
    this.#stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#stream.on("close", () => this.#finish("lost", "the connection was closed"));
    const deadline = options.connectDeadline ?? 10_000;
    this.#cancelConnectDeadline = options.clock.after(deadline, () =>
      this.#finish("unreachable", `no greeting within ${deadline} ms`),
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get #ended(): boolean {
    return this.#state === "closed";
  }

  /** Frames received so far: while it grows the peer lives. */
  get framesReceived(): number {
    return this.#framesReceived;
  }

  /** Events dropped because their JSON could not be read. */
  get badEvents(): number {
    return this.#badEvents;
  }

  /** Commands and jobs whose answers are outstanding. */
  get outstanding(): number {
    return this.#replies.length + this.#jobs.size;
  }

  /**
   * Sends a command of the event socket itself (`event …`, `sendmsg UUID`) and resolves to its Reply-Text, `-ERR …`
   * included. Rejects with `unsafe-text`, `not-confirmed`, `switch-unavailable` or the signal's reason.
   */
  override async sendRecv(
    command: string,
    headers: Readonly<Record<string, string>> = {},
    bounds: Bounds = {},
  ): Promise<string> {
    const text = [command, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
      .map((line) => safeLine(line))
      .join("\n");
    return this.#ask(text, command, bounds);
  }

  /** Runs an api command and resolves to what it printed, `-ERR …` included. Rejects as `sendRecv`. */
  async run(command: ApiCommand, bounds: Bounds = {}): Promise<string> {
    return command.via === "api" ? this.api(command.line, bounds) : this.bgapi(command.line, bounds);
  }

  override async api(line: string, bounds: Bounds = {}): Promise<string> {
    return this.#ask(`api ${safeLine(line)}`, line, bounds);
  }

  override async bgapi(line: string, bounds: Bounds = {}): Promise<string> {
    bounds.signal?.throwIfAborted();
    const uuid = this.#options.ids.uuid();
    const text = `bgapi ${safeLine(line)}\nJob-UUID: ${uuid}`;
    // The job is known before it is asked for: its result may overtake the reply.
    const result = this.#jobs.add(uuid);
    const refused = (reply: string): string | Promise<string> => (reply.startsWith("-ERR") ? reply : result);
    try {
      const work = this.#send(text).then(refused);
      return await bounded(work, line, this.#options.clock, this.#deadline(bounds), bounds.signal);
    } finally {
      this.#jobs.remove(uuid);
    }
  }

  /** Replaced, as modesl's would write newlines through: the reply is not waited for. */
  override send(command: string, headers: Readonly<Record<string, string>> = {}): void {
    this.sendRecv(command, headers).catch(() => undefined);
  }

  override disconnect(): void {
    this.close("disconnected");
  }

  /** Idempotent; every outstanding command rejects with `switch-unavailable`. */
  close(detail: string): void {
    this.#finish("requested", detail);
  }

  override _onConnect(): void {
    // Nothing to do: the switch speaks first. modesl would set its own parser on the socket here.
  }

  override _onError(error: Error): void {
    this.#finish(this.#state === "connecting" ? "unreachable" : "lost", error.message);
  }

  #deadline(bounds: Bounds): number {
    return bounds.deadline ?? this.#options.commandDeadline ?? 10_000;
  }

  #ask(text: string, what: string, bounds: Bounds): Promise<string> {
    bounds.signal?.throwIfAborted();
    return bounded(this.#send(text), what, this.#options.clock, this.#deadline(bounds), bounds.signal);
  }

  #send(text: string): Promise<string> {
    if (this.#state !== "ready") {
      return Promise.reject(new Failure("switch-unavailable", "The switch is not connected; try again."));
    }
    const reply = this.#replies.add();
    this.#write(text);
    return reply;
  }

  #write(text: string): void {
    this.#stream.write(`${text}\n\n`);
    if (this.#stream.writableLength > maxUnsentBytes) this.#finish("stalled", "the switch reads no commands");
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    let frames: Frame[];
    try {
      frames = this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#finish("protocol", error.message);
      return;
    }
    for (const frame of frames) {
      this.#framesReceived += 1;
      this.#handle(frame);
    }
  }

  #handle({ headers, body }: Frame): void {
    switch (headers.get("Content-Type")) {
      case "text/event-json":
        this.#handleEvent(body);
        break;
      case "api/response":
        this.#replies.settle(body.toString("utf8"));
        break;
      case "command/reply":
        this.#handleReply(headers.get("Reply-Text") ?? "");
        break;
      case "auth/request":
        this.#authenticate();
        break;
      case "text/rude-rejection":
        this.#finish("access-refused", body.toString("utf8").trim());
        break;
      case "text/disconnect-notice":
        this.#finish("disconnect-notice", body.toString("utf8").trim().split("\n")[0] ?? "");
        break;
      case undefined:
      default: // log/data and the like, which nobody asked for
    }
  }

  #handleEvent(body: Buffer): void {
    const event = parseJsonEvent(body);
    if (!event) {
      this.#badEvents += 1;
      return;
    }
    const job = event["Event-Name"] === "BACKGROUND_JOB" ? event["Job-UUID"] : undefined;
    if (job !== undefined && this.#jobs.settle(job, event["_body"] ?? "")) return;
    if (this.#state === "ready") this.#options.onEvent(event);
  }

  #authenticate(): void {
    if (this.#state !== "connecting") return;
    this.#state = "authenticating";
    this.#write(`auth ${this.#options.password}`);
  }

  #handleReply(text: string): void {
    if (this.#state !== "authenticating") {
      this.#replies.settle(text);
    } else if (text.startsWith("+OK")) {
      this.#state = "ready";
      this.#cancelConnectDeadline();
      this.#admitted.resolve();
    } else {
      this.#finish("password-refused", text);
    }
  }

  #finish(kind: CloseReason["kind"], detail: string): void {
    if (this.#ended) return;
    this.#state = "closed";
    this.#cancelConnectDeadline();
    this.#stream.destroy();
    const failure = new Failure("switch-unavailable", `The connection to the switch ended: ${detail}.`, {
      kind,
    });
    this.#replies.rejectAll(failure);
    this.#jobs.rejectAll(failure);
    this.#admitted.reject(failure);
    this.#end.resolve({ kind, detail });
  }
}

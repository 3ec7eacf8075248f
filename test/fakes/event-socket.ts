import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A command as mod_event_socket reads it: a line, then headers. */
export interface ReceivedCommand {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What an api command prints; undefined: no answer, ever. */
export type Answer = (line: string, peer: Peer) => string | undefined | Promise<string | undefined>;

export interface Script {
  readonly password?: string;
  /** Instead of the usual greeting. */
  readonly greet?: (peer: Peer) => void;
  /** Answers api and bgapi commands; `-ERR … Command not found!` by default. */
  readonly answer?: Answer;
  /** Sees every command first; true: it was dealt with. */
  readonly intercept?: (command: ReceivedCommand, peer: Peer) => boolean;
}

/** One client of the fake, with the means to answer it well or badly. */
export class Peer {
  readonly socket: Socket;
  readonly commands: ReceivedCommand[] = [];
  readonly #wanted: { match: (line: string) => boolean; found: (command: ReceivedCommand) => void }[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
  }

  raw(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  frame(headers: Readonly<Record<string, string>>, body?: string | Buffer): void {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const all = bytes ? { ...headers, "Content-Length": String(bytes.length) } : headers;
    const block = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`);
    this.raw(Buffer.concat([Buffer.from(`${block.join("")}\n`), bytes ?? Buffer.alloc(0)]));
  }

  reply(text: string): void {
    this.frame({ "Content-Type": "command/reply", "Reply-Text": text });
  }

  response(text: string): void {
    this.frame({ "Content-Type": "api/response" }, text);
  }

  event(headers: Readonly<Record<string, string>>): void {
    this.frame({ "Content-Type": "text/event-json" }, JSON.stringify(headers));
  }

  jobDone(uuid: string, output: string): void {
    this.event({ "Event-Name": "BACKGROUND_JOB", "Job-UUID": uuid, _body: output });
  }

  disconnectNotice(): void {
    this.frame(
      { "Content-Type": "text/disconnect-notice" },
      "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n",
    );
  }

  /** The first command, past or to come, whose line matches. */
  received(match: RegExp): Promise<ReceivedCommand> {
    const past = this.commands.find(({ line }) => match.test(line));
    if (past) return Promise.resolve(past);
    return new Promise((found) => this.#wanted.push({ match: (line) => match.test(line), found }));
  }

  note(command: ReceivedCommand): void {
    this.commands.push(command);
    for (const one of this.#wanted.filter(({ match }) => match(command.line))) one.found(command);
  }
}

/** An event socket over a real TCP socket on a free port, which does what its script says. */
export class FakeEventSocket {
  readonly peers: Peer[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #script: Script;
  readonly #waiting: { count: number; found: (peer: Peer) => void }[] = [];

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.#script = script;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => this.#serve(socket));
  }

  static async listen(script: Script = {}, port = 0): Promise<FakeEventSocket> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new FakeEventSocket(server, script);
  }

  /** The n-th client, counted from 1, once it has connected. */
  peer(count = 1): Promise<Peer> {
    const past = this.peers[count - 1];
    if (past) return Promise.resolve(past);
    return new Promise((found) => this.#waiting.push({ count, found }));
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const peer = new Peer(socket);
    let text = "";
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [line = "", ...rest] = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const headers = Object.fromEntries(rest.map((one) => one.split(/: ?(.*)/s, 2)));
        void this.#obey({ line, headers }, peer);
      }
    });
    this.peers.push(peer);
    for (const one of this.#waiting.filter(({ count }) => count === this.peers.length)) one.found(peer);
    if (this.#script.greet) this.#script.greet(peer);
    else peer.frame({ "Content-Type": "auth/request" });
  }

  async #obey(command: ReceivedCommand, peer: Peer): Promise<void> {
    peer.note(command);
    if (this.#script.intercept?.(command, peer)) return;
    const { line, headers } = command;
    if (line.startsWith("auth ")) this.#admit(line.slice("auth ".length), peer);
    else if (line.startsWith("event ")) peer.reply("+OK event listener enabled json");
    else if (line.startsWith("api ")) {
      const output = await this.#answer(line.slice("api ".length), peer);
      if (output !== undefined) peer.response(output);
    } else if (line.startsWith("bgapi ")) {
      const uuid = headers["Job-UUID"] ?? "";
      peer.frame({
        "Content-Type": "command/reply",
        "Reply-Text": `+OK Job-UUID: ${uuid}`,
        "Job-UUID": uuid,
      });
      const output = await this.#answer(line.slice("bgapi ".length), peer);
      if (output !== undefined) peer.jobDone(uuid, output);
    } else if (line.startsWith("sendmsg ")) peer.reply("+OK");
    else peer.reply("-ERR command not found");
  }

  #admit(password: string, peer: Peer): void {
    if (password === (this.#script.password ?? "secret")) {
      peer.reply("+OK accepted");
      return;
    }
    peer.reply("-ERR invalid");
    peer.disconnectNotice();
    peer.socket.end();
  }

  async #answer(line: string, peer: Peer): Promise<string | undefined> {
    const { answer } = this.#script;
    return answer ? answer(line, peer) : `-ERR ${line.split(" ")[0]} Command not found!\n`;
  }
}

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { headerValues, parseSipMessage, type SipMessage } from "../../live/harness/sip-message.ts";
import { within } from "../../live/harness/until.ts";
import { host } from "./messages.ts";

interface Expected {
  readonly answer: (offer: string) => string;
  readonly offered: (sdp: string) => void;
}

/** Answers each INVITE for an expected user at once, with that user's description; OPTIONS and BYE too. */
export class AnsweringPhone {
  readonly #socket: Socket;
  readonly #expected = new Map<string, Expected>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, { port }) => {
      const message = parseSipMessage(bytes.toString("latin1"));
      if (message?.method !== undefined && message.method !== "ACK") this.#answer(message, port);
    });
  }

  static async open(): Promise<AnsweringPhone> {
    const socket = createSocket("udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    return new AnsweringPhone(socket);
  }

  get address(): string {
    return `${host}:${this.#socket.address().port}`;
  }

  /** Resolves to what the switch offers to `user`. */
  async expect(user: string, answer: (offer: string) => string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#expected.set(user, { answer, offered: resolve });
    return within(10, `an INVITE for ${user}`, promise);
  }

  close(): void {
    this.#socket.close();
  }

  #answer(request: SipMessage, port: number): void {
    const user = /^INVITE sip:([^@]+)@/.exec(request.startLine)?.[1] ?? "";
    const expected = this.#expected.get(user);
    if (request.method === "INVITE" && !expected) return;
    expected?.offered(request.body);
    const body = expected?.answer(request.body) ?? "";
    const copied = ["Via", "From", "Call-ID", "CSeq"].flatMap((name) =>
      headerValues(request, name).map((value) => `${name}: ${value}`),
    );
    const [to = ""] = headerValues(request, "To");
    const lines = [
      "SIP/2.0 200 OK",
      ...copied,
      `To: ${to.includes("tag=") ? to : `${to};tag=bench`}`,
      `Contact: <sip:${user}@${this.address}>`,
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    this.#socket.send(`${lines.join("\r\n")}\r\n\r\n${body}`, port, host);
  }
}

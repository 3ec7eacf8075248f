import { silentLogger, systemClock } from "../../../../src/base/index.ts";
import {
  Headers,
  type Flow,
  type ListenOptions,
  type SipAddress,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type Transport,
  type TransportEvents,
} from "../../../../src/protocol/sip/index.ts";

interface Told {
  readonly message: SipMessage;
  readonly flow: Flow;
}

/** What a transport told, in order, and a way to wait for it. */
export class Listener implements TransportEvents {
  readonly messages: Told[] = [];
  readonly gone: { readonly flow: Flow; readonly reason: string }[] = [];
  /** Called with every message, after it was noted. */
  onMessage: (told: Told) => void = () => undefined;
  #waiting: (() => void)[] = [];

  message(message: SipMessage, flow: Flow): void {
    this.messages.push({ message, flow });
    this.#wake();
    this.onMessage({ message, flow });
  }

  disconnected(flow: Flow, reason: string): void {
    this.gone.push({ flow, reason });
    this.#wake();
  }

  /** Resolves once that many messages were told, to the last of them. */
  async nth(count: number): Promise<Told> {
    await this.#until(() => this.messages.length >= count);
    const told = this.messages[count - 1];
    if (!told) throw new Error("no such message");
    return told;
  }

  /** Resolves once that many flows were told to be gone, to the last of them. */
  async lost(count: number): Promise<{ readonly flow: Flow; readonly reason: string }> {
    await this.#until(() => this.gone.length >= count);
    const gone = this.gone[count - 1];
    if (!gone) throw new Error("nothing is gone");
    return gone;
  }

  async #until(met: () => boolean): Promise<void> {
    while (!met()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

export const options: ListenOptions = { host: "127.0.0.1", port: 0, clock: systemClock };
export const log = silentLogger;

export const addressOf = (protocol: "UDP" | "TCP", { local }: Transport): SipAddress => ({
  protocol,
  ...local,
});

/** A request whose Via names where `from` listens. */
export function request(from: SipAddress, number = 1, body: string | Uint8Array = ""): SipRequest {
  return {
    kind: "request",
    method: "MESSAGE",
    uri: "sip:a@127.0.0.1",
    headers: Headers.of([
      ["Via", `SIP/2.0/${from.protocol} ${from.host}:${from.port};branch=z9hG4bK${number};rport`],
      ["Max-Forwards", "70"],
      ["From", "<sip:a@127.0.0.1>;tag=1"],
      ["To", "<sip:a@127.0.0.1>"],
      ["Call-ID", `call-${number}`],
      ["CSeq", `${number} MESSAGE`],
      ["Content-Type", "text/plain"],
    ]),
    body: Buffer.from(body),
  };
}

/** 200 to a request. */
export function ok({ headers }: SipRequest): SipResponse {
  const copied = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
    headers.all(name).map((value) => [name, value] as const),
  );
  return { kind: "response", status: 200, reason: "OK", headers: Headers.of(copied), body: new Uint8Array() };
}

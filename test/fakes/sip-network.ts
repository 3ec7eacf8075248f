import {
  parseMessage,
  parseVia,
  printMessage,
  printVia,
  stampVia,
  TransportError,
  type Flow,
  type Protocol,
  type SipAddress,
  type SipMessage,
  type Transport,
  type TransportEvents,
} from "../../src/protocol/sip/index.ts";
import type { ManualClock } from "./manual-clock.ts";

/** What becomes of one message; chosen by the network's `fate`. */
export interface Fate {
  /** When each copy arrives, milliseconds from now; none: it is lost. */
  readonly arrivals: readonly number[];
}

export interface Sent {
  readonly message: SipMessage;
  readonly from: SipAddress;
  readonly to: SipAddress;
  readonly at: number;
}

const keyOf = ({ protocol, host, port }: SipAddress): string => `${protocol} ${host}:${port}`;

/** `INVITE`, or `200 INVITE` for a response. */
export function nameOf(message: SipMessage): string {
  if (message.kind === "request") return message.method;
  return `${message.status} ${message.headers.get("CSeq")?.split(" ")[1]}`;
}

/** A network in memory on a clock: every message is printed, and read again where it arrives. */
export class SipNetwork {
  readonly clock: ManualClock;
  /** Everything that was handed to it, lost or not. */
  readonly sent: Sent[] = [];
  fate: (sent: Sent) => Fate = () => ({ arrivals: [1] });
  readonly #listeners = new Map<string, TransportEvents>();

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  /** A transport of its own; `connected`: to whom TCP connections exist is not played, only who listens. */
  transport(protocol: Protocol, host: string, port: number, events: TransportEvents): Transport {
    const from = { protocol, host, port };
    this.#listeners.set(keyOf(from), events);
    return {
      local: { host, port },
      send: async (message, to) => this.#send(message, from, to),
      close: async () => void this.#listeners.delete(keyOf(from)),
    };
  }

  /** Names of what was sent from that host, in order. */
  from(host: string): string[] {
    return this.sent.filter(({ from }) => from.host === host).map(({ message }) => nameOf(message));
  }

  async #send(message: SipMessage, from: SipAddress, to: SipAddress): Promise<Flow> {
    const bytes = printMessage(message);
    if (to.protocol === "TCP" && !this.#listeners.has(keyOf(to)))
      throw new TransportError("unreachable", to, "nobody listens there");
    const sent = { message, from, to, at: this.clock.now() };
    this.sent.push(sent);
    for (const delay of this.fate(sent).arrivals)
      this.clock.after(delay, () => this.#arrive(bytes, from, to));
    return { local: from, remote: to };
  }

  #arrive(bytes: Uint8Array, from: SipAddress, to: SipAddress): void {
    const message = parseMessage(bytes);
    if (message.kind === "request") {
      const via = parseVia(message.headers.get("Via") ?? "");
      message.headers.replaceFirst("Via", printVia(stampVia(via, from)));
    }
    this.#listeners.get(keyOf(to))?.message(message, { local: to, remote: from });
  }
}

/** Lets what was promised happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass, and what was promised happen before every timer. */
export async function advance(clock: ManualClock, milliseconds: number): Promise<void> {
  const end = clock.now() + milliseconds;
  await settle();
  for (;;) {
    const [next] = clock.pending;
    if (next === undefined || clock.now() + next > end) break;
    clock.advance(next);
    await settle();
  }
  clock.advance(end - clock.now());
  await settle();
}

import type { Logger } from "../../base/index.ts";
import type { Flow, Protocol, SipAddress, SipMessage, SipResponse, TransportEvents } from "./model.ts";
import type { SipParseError } from "./parse-error.ts";
import { addressText, responseTargets, stampVia } from "./routing.ts";
import type { ListenOptions, TransportCounts } from "./transport.ts";
import { parseVia, printVia } from "./via.ts";

/** What both transports do with what comes in: admit, mark, tell, answer what cannot be read, and count. */
export class Intake {
  readonly #protocol: Protocol;
  readonly #admit: (remote: SipAddress) => boolean;
  readonly #events: TransportEvents;
  readonly #log: Logger;
  readonly #counts = { received: 0, sent: 0, malformed: 0, refused: 0, keepAlives: 0 };

  constructor(protocol: Protocol, options: ListenOptions, events: TransportEvents, log: Logger) {
    this.#protocol = protocol;
    this.#admit = options.admit ?? ((): boolean => true);
    this.#events = events;
    this.#log = log;
  }

  counts(sockets: number): TransportCounts {
    return { protocol: this.#protocol, ...this.#counts, sockets };
  }

  admits(remote: SipAddress): boolean {
    if (this.#admit(remote)) return true;
    this.#counts.refused += 1;
    this.#log.debug({ remote: addressText(remote) }, "SIP from an address that is not admitted");
    return false;
  }

  sent(): void {
    this.#counts.sent += 1;
  }

  keepAlive(): void {
    this.#counts.keepAlives += 1;
  }

  message(message: SipMessage, flow: Flow): void {
    this.#counts.received += 1;
    if (message.kind === "request") {
      const written = message.headers.get("Via") ?? "";
      const marked = printVia(stampVia(parseVia(written), flow.remote));
      if (marked !== written) message.headers.replaceFirst("Via", marked);
    }
    this.#tell(() => this.#events.message(message, flow));
  }

  disconnected(flow: Flow, reason: string): void {
    this.#log.debug({ remote: addressText(flow.remote), reason }, "a SIP flow is gone");
    this.#tell(() => this.#events.disconnected(flow, reason));
  }

  /** Counts it; the answer, where there is one, and where it goes. */
  malformed(
    error: SipParseError,
    flow: Flow,
  ): { readonly response: SipResponse; readonly to: SipAddress } | undefined {
    this.#counts.malformed += 1;
    const { reason, response } = error;
    this.#log.debug({ remote: addressText(flow.remote), reason }, "a SIP message that cannot be read");
    const top = response?.headers.get("Via");
    if (!response || top === undefined) return undefined;
    const via = stampVia(parseVia(top), flow.remote);
    response.headers.replaceFirst("Via", printVia(via));
    const [to] = responseTargets(via, flow);
    return to && { response, to };
  }

  /** What a listener throws must not stop the socket that others' messages come from. */
  #tell(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ err: error }, "a SIP message's handler failed");
    }
  }
}

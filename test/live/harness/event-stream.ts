import { once } from "node:events";
import { WebSocket } from "ws";
import { until } from "./until.ts";

export interface StreamedEvent {
  readonly id: string;
  readonly time: unknown;
  readonly type: string;
  readonly node: string | null;
  readonly data: Record<string, unknown>;
}

/** `GET /api/v1/events`, every event kept in the order received. */
export class EventStream {
  readonly events: StreamedEvent[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (text: Buffer) => {
      this.events.push(JSON.parse(text.toString()) as StreamedEvent);
    });
    // A server that is killed on purpose resets the connection.
    socket.on("error", () => undefined);
  }

  /** Resolves once the socket is open. `query` is e.g. `?types=call.*`. */
  static async open(base: string, token: string, query = ""): Promise<EventStream> {
    const url = new URL(`/api/v1/events${query}`, base);
    url.protocol = "ws:";
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    const stream = new EventStream(socket);
    await once(socket, "open");
    return stream;
  }

  /** Resolves to the first event that fits, received already or yet to come. */
  async event(what: string, fits: (event: StreamedEvent) => boolean, seconds = 15): Promise<StreamedEvent> {
    return until(
      `event ${what}; received ${JSON.stringify(this.events.map(({ type, data }) => [type, data["call"]]))}`,
      () => this.events.find(fits),
      { seconds },
    );
  }

  /** The types of a call's events in the order received. */
  typesOf(call: string): string[] {
    return this.events.filter(({ data }) => data["call"] === call).map(({ type }) => type);
  }

  close(): void {
    this.#socket.terminate();
  }
}

import type { EventLog } from "../../core/events/index.ts";

/** The last HEARTBEAT of each switch (send_heartbeat, switch_core.c), as numbers. */
export class Heartbeats {
  readonly #last = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(events: Pick<EventLog, "subscribe">) {
    events.subscribe(({ type, node, data }) => {
      if (node === null) return;
      if (type === "switch.HEARTBEAT") this.#last.set(node, data);
      // What a switch said before it went is not what it is when it comes back.
      if (type === "node.down") this.#last.delete(node);
    });
  }

  /** A header of the switch's last HEARTBEAT; undefined when there was none, or it holds no number. */
  read(node: string, header: string): number | undefined {
    const text = this.#last.get(node)?.[header];
    return typeof text === "string" && /^[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
  }
}

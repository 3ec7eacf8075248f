import type { Datagram } from "./pcap.ts";
import { parseSipMessage, type SipMessage } from "./sip-message.ts";
import { Tcpdump } from "./tcpdump.ts";
import { until } from "./until.ts";

export type CapturedSip = SipMessage & Omit<Datagram, "payload">;

/** The SIP messages that go over UDP on loopback to or from some ports. */
export class Capture {
  readonly #tcpdump: Tcpdump;
  readonly #messages: CapturedSip[] = [];

  private constructor(tcpdump: Tcpdump) {
    this.#tcpdump = tcpdump;
  }

  static async start(home: string, ports: readonly number[]): Promise<Capture> {
    const filter = ports.map((port) => `udp port ${port}`).join(" or ");
    return new Capture(await Tcpdump.start(home, `sip-${ports.join("-")}`, filter));
  }

  /** All so far. A message longer than a loopback frame (64 KiB) is not put together. */
  get messages(): readonly CapturedSip[] {
    for (const { payload, ...where } of this.#tcpdump.read()) {
      const message = parseSipMessage(payload.toString("latin1"));
      if (message) this.#messages.push({ ...where, ...message });
    }
    return this.#messages;
  }

  /** Resolves to the first message from number `since` on that fits, seen already or yet to come. */
  async message(
    what: string,
    fits: (message: CapturedSip) => boolean,
    { since = 0, seconds = 10 }: { since?: number; seconds?: number } = {},
  ): Promise<CapturedSip> {
    return until(
      `${what} on the wire; there were ${this.messages
        .slice(since)
        .map(({ startLine }) => startLine)
        .join(", ")
        .slice(-800)}`,
      () => this.messages.slice(since).find(fits),
      { seconds },
    );
  }

  async close(): Promise<void> {
    await this.#tcpdump.stop();
  }
}

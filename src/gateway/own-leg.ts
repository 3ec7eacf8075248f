import { Failure } from "../base/index.ts";
import type { Candidate } from "../core/invitations/index.ts";
import type { MediaLeg, MediaLegEvents } from "./media/index.ts";
import type { SideEvents } from "./side.ts";

/** Of candidates that came before the description that they belong to; browsers send a handful. */
const mostWaiting = 64;

/** The media leg of a side, from before there is one until after it is closed. */
export class OwnLeg {
  readonly #make: (events: MediaLegEvents) => Promise<MediaLeg>;
  readonly #events: Pick<SideEvents, "lost" | "digits">;
  #leg: MediaLeg | null = null;
  #described = false;
  #closed: Promise<void> | null = null;
  #waiting: Candidate[] = [];

  constructor(
    make: (events: MediaLegEvents) => Promise<MediaLeg>,
    events: Pick<SideEvents, "lost" | "digits">,
  ) {
    this.#make = make;
    this.#events = events;
  }

  get leg(): MediaLeg | null {
    return this.#leg;
  }

  /** @throws Failure `no-free-port`; `already-ended` where the side was closed meanwhile */
  async open(): Promise<MediaLeg> {
    this.#refuseClosed();
    const leg = await this.#make({
      lost: (reason, detail) => this.#events.lost(reason, detail),
      digit: (digit) => this.#events.digits(digit, false),
    });
    if (this.#closed) await leg.close();
    this.#refuseClosed();
    this.#leg = leg;
    return leg;
  }

  /** The peer's description was taken: candidates now have something to belong to. */
  described(): void {
    this.#described = true;
    for (const candidate of this.#waiting.splice(0)) this.candidate(candidate);
  }

  /** Whatever cannot be used is let go: a browser gives many, and one is enough. */
  candidate(candidate: Candidate): void {
    if (this.#closed) return;
    if (this.#leg && this.#described) {
      this.#leg.addCandidate(candidate.candidate, candidate.sdpMid).catch(() => undefined);
    } else if (this.#waiting.length < mostWaiting) this.#waiting.push(candidate);
  }

  async close(): Promise<void> {
    this.#closed ??= this.#leg?.close() ?? Promise.resolve();
    await this.#closed;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Failure("already-ended", "the call ended while its media was made");
  }
}

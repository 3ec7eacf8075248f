import type { Clock } from "../base/index.ts";
import { LagMeter } from "./lag.ts";

/** Events this late are worth telling. */
const lagTold = 2000;
/** Below this they are on time again. */
const lagOver = 500;
/** Events this late: we are behind for good, and the switch queues ever more for us until it freezes. */
const lagFatal = 15_000;
/** mod_event_socket's default `event-heartbeat-interval`. */
const usualHeartbeat = 20_000;
/** So many in a row make silence. */
const missedHeartbeats = 3;
/** A switch that is asked whether it lives has this long to answer. */
export const pingDeadline = 5000;

export interface Watched {
  /** Grows while the peer sends anything. */
  readonly framesReceived: () => number;
  /** Resolves when the peer answered. */
  readonly ping: () => Promise<unknown>;
  /** Events come late, by that many milliseconds; told once until they are on time again. */
  readonly lagging: (milliseconds: number) => void;
  /** The connection is of no use: destroy it. */
  readonly giveUp: (why: string) => void;
}

/** Watches whether events come, and come in time. */
export class Watchdog {
  readonly #watched: Watched;
  readonly #clock: Clock;
  readonly #meter = new LagMeter();
  #heartbeat = usualHeartbeat;
  #lastHeartbeat: number | undefined;
  #told = false;
  #lag = 0;

  constructor(watched: Watched, clock: Clock) {
    this.#watched = watched;
    this.#clock = clock;
  }

  /** Milliseconds that the last event was late. */
  get lag(): number {
    return this.#lag;
  }

  /** Both in milliseconds since the epoch by their own clocks. */
  event(eventTime: number, isHeartbeat: boolean): void {
    this.#lag = this.#meter.observe(eventTime, this.#clock.now());
    if (isHeartbeat) {
      const gap = eventTime - (this.#lastHeartbeat ?? eventTime - usualHeartbeat);
      this.#heartbeat = Math.min(60_000, Math.max(1000, gap));
      this.#lastHeartbeat = eventTime;
    }
    if (this.#lag >= lagFatal) {
      this.#watched.giveUp(`its events come ${this.#lag} ms late`);
    } else if (this.#lag >= lagTold && !this.#told) {
      this.#told = true;
      this.#watched.lagging(this.#lag);
    } else if (this.#lag <= lagOver) {
      this.#told = false;
    }
  }

  /** Runs until the signal aborts: after three heartbeats of silence the switch must answer a ping. */
  async watchSilence(signal: AbortSignal): Promise<void> {
    let silent = 0;
    while (!signal.aborted) {
      const before = this.#watched.framesReceived();
      await this.#clock.sleep(this.#heartbeat, signal);
      silent = this.#watched.framesReceived() === before ? silent + 1 : 0;
      if (silent < missedHeartbeats) continue;
      silent = 0;
      try {
        await this.#watched.ping();
      } catch {
        this.#watched.giveUp("it was silent for three heartbeats and did not answer");
        return;
      }
    }
  }
}

import { ahead16, ahead32 } from "./bytes.ts";

/** RFC 3550 appendix A.1: a step within these is loss or disorder, another one a source that began anew. */
const maxDropout = 3000;
const maxMisorder = 100;
/** A timestamp farther than that from where the clock says the media is belongs to another line. */
const maxDriftSeconds = 10;
const frameMilliseconds = 20;

/**
 * One outgoing line of SSRC, sequence and timestamp, whatever incoming sources follow each other. The sequence never
 * steps back over a change of source: a receiver would take all that follows for replayed.
 */
export class Continuity {
  readonly ssrc: number;
  /** Of the packet mapped or injected last. */
  sequence: number;
  timestamp: number;
  /** The packet mapped last begins a new source: it wants the marker. */
  restarted = false;
  #clockRate: number;
  #source: number | null = null;
  #highestIn = 0;
  /** How far behind the highest a packet of the source may be for the offset to be the right one; -1: not even that. */
  #depth = 0;
  #sequenceOffset = 0;
  /** Null until the source has sent a packet of our clock. */
  #timestampOffset: number | null = null;
  /** The highest that went out. */
  #highestOut: number;
  /** Where the media was at `#at`; null: it has not begun. */
  #position: number;
  #at: number | null = null;
  /** The telephone-event of another clock that is under way: its timestamp coming in and going out. */
  #event: { readonly incoming: number; readonly outgoing: number } | null = null;

  /**
   * `sequence` and `timestamp`: of the first packet. A first sequence below 2^15 keeps SRTP's rollover counter
   * unambiguous when the first packets are lost.
   */
  constructor(o: {
    readonly ssrc: number;
    readonly clockRate: number;
    readonly sequence: number;
    readonly timestamp: number;
  }) {
    this.ssrc = o.ssrc;
    this.#clockRate = o.clockRate;
    this.sequence = o.sequence & 0xffff;
    this.timestamp = o.timestamp >>> 0;
    this.#highestOut = (o.sequence - 1) & 0xffff;
    this.#position = o.timestamp >>> 0;
  }

  /**
   * Sets `sequence` and `timestamp` to what an incoming packet is to be sent with. False: drop it, it came too late.
   * `sourceRate`: of its payload type, where that is not our clock rate (telephone-event).
   */
  map(
    ssrc: number,
    sequence: number,
    timestamp: number,
    now: number,
    sourceRate: number = this.#clockRate,
  ): boolean {
    const step = ahead16(sequence, this.#highestIn);
    const follows = ssrc === this.#source && step <= maxDropout && step >= -maxMisorder;
    if (follows && -step > this.#depth) return false;
    this.restarted = !follows;
    if (!follows) {
      this.#source = ssrc;
      this.#sequenceOffset = this.#highestOut + 1 - sequence;
      this.#timestampOffset = null;
      this.#highestIn = sequence;
      this.#depth = 0;
      this.#event = null;
    } else if (step > 0) {
      this.#highestIn = sequence;
      this.#depth = Math.min(maxMisorder, this.#depth + step);
    }
    this.sequence = (sequence + this.#sequenceOffset) & 0xffff;
    if (ahead16(this.sequence, this.#highestOut) > 0) this.#highestOut = this.sequence;
    if (sourceRate === this.#clockRate) this.#mapTimestamp(timestamp, now);
    else this.#mapEvent(timestamp, now);
    return true;
  }

  /** Sets `sequence` to the next one, for a packet of our own, and `timestamp` to the position of the media. */
  inject(now: number): void {
    this.restarted = false;
    this.#highestOut = (this.#highestOut + 1) & 0xffff;
    this.sequence = this.#highestOut;
    this.timestamp = this.positionAt(now);
    if (this.#at === null) this.#at = now;
    // What is still under way from before would be given this packet's number.
    this.#sequenceOffset += 1;
    this.#depth = -1;
  }

  /** The source's packet is not to be sent, as one of ours goes out in its place: what follows closes up. */
  omit(ssrc: number, sequence: number): void {
    const step = ahead16(sequence, this.#highestIn);
    if (ssrc !== this.#source || step <= 0 || step > maxDropout) return;
    this.#highestIn = sequence;
    this.#sequenceOffset -= step;
    this.#depth = -1;
  }

  /** The codec changed: the line goes on in the new clock's units. */
  changeClock(clockRate: number, now: number): void {
    if (clockRate === this.#clockRate) return;
    this.#position = this.positionAt(now);
    if (this.#at !== null) this.#at = now;
    this.#clockRate = clockRate;
    this.#source = null;
  }

  /** Where the media is at `now`, in timestamp units. */
  positionAt(now: number): number {
    return this.#at === null ? this.#position : (this.#position + this.#units(now - this.#at)) >>> 0;
  }

  #mapTimestamp(timestamp: number, now: number): void {
    const expected = this.positionAt(now);
    const begun = this.#at !== null;
    const mapped = (timestamp + (this.#timestampOffset ?? 0)) >>> 0;
    const drift = Math.abs(ahead32(mapped, expected));
    if (this.#timestampOffset === null || drift > maxDriftSeconds * this.#clockRate) {
      const least = (this.#position + this.#units(frameMilliseconds)) >>> 0;
      this.timestamp = begun && ahead32(expected, least) < 0 ? least : expected;
      this.#timestampOffset = this.timestamp - timestamp;
      this.restarted = true;
    } else this.timestamp = mapped;
    // Events keep the timestamp of their beginning, and late packets have an older one.
    if (!begun || ahead32(this.timestamp, this.#position) > 0) {
      this.#position = this.timestamp;
      this.#at = now;
    }
  }

  #mapEvent(timestamp: number, now: number): void {
    if (this.#event?.incoming !== timestamp) {
      this.#event = { incoming: timestamp, outgoing: this.positionAt(now) };
      if (this.#at === null) this.#at = now;
    }
    this.timestamp = this.#event.outgoing;
  }

  #units(milliseconds: number): number {
    return Math.max(0, Math.round((milliseconds * this.#clockRate) / 1000));
  }
}

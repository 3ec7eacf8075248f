import { ahead16 } from "./bytes.ts";
import type { ReportBlock, SenderInfo } from "./rtcp.ts";

/** RFC 3550 appendix A.1. */
const maxDropout = 3000;
const maxMisorder = 100;
const most = 0x7f_ffff;

/** The 64 bits of an NTP time (RFC 3550 section 4) of milliseconds since 1970. */
function ntpOf(milliseconds: number): { readonly seconds: number; readonly fraction: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return {
    seconds: (seconds + 2_208_988_800) % 0x1_0000_0000,
    fraction: Math.floor(((milliseconds - seconds * 1000) / 1000) * 0x1_0000_0000),
  };
}

/** Their middle 32 bits. */
const middle = (seconds: number, fraction: number): number =>
  (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;

/** What came in of one stream, whatever SSRCs follow each other. Reports are about the latest (RFC 3550 A.1, A.3, A.8). */
export class ReceivedStream {
  /** Of every SSRC. */
  packets = 0;
  /** Payload bytes, of every SSRC. */
  bytes = 0;
  /** Milliseconds since the epoch; null: nothing came. */
  lastAt: number | null = null;
  #clockRate: number;
  #ssrc = -1;
  #base = 0;
  #highest = 0;
  #received = 0;
  #lostBefore = 0;
  /** The sequence that would follow a jump which is not yet believed. */
  #afterJump = -1;
  #transit: number | null = null;
  #jitter = 0;
  #expectedReported = 0;
  #receivedReported = 0;
  #senderReport: { readonly middle: number; readonly at: number } | null = null;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Cumulative; negative when packets came twice. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow;
  }

  /** Milliseconds. */
  get jitter(): number {
    return (this.#jitter / this.#clockRate) * 1000;
  }

  /** Hz; of the codec that is in use now. */
  set clockRate(clockRate: number) {
    if (clockRate === this.#clockRate) return;
    this.#jitter *= clockRate / this.#clockRate;
    this.#clockRate = clockRate;
    this.#transit = null;
  }

  get #lostNow(): number {
    return this.#ssrc < 0 ? 0 : this.#highest - this.#base + 1 - this.#received;
  }

  /**
   * A packet with `bytes` of payload, arrived at `now` (milliseconds). `timed` is false for telephone-events, whose
   * timestamp stands still.
   */
  packet(ssrc: number, sequence: number, timestamp: number, bytes: number, now: number, timed = true): void {
    this.packets += 1;
    this.bytes += bytes;
    this.lastAt = now;
    if (ssrc !== this.#ssrc) this.#begin(ssrc, sequence);
    else if (!this.#follow(sequence)) return;
    this.#received += 1;
    if (timed) this.#measure(timestamp, now);
  }

  senderReport(ssrc: number, sender: SenderInfo, now: number): void {
    if (ssrc !== this.#ssrc) return;
    this.#senderReport = { middle: middle(sender.ntpSeconds, sender.ntpFraction), at: now };
  }

  /** The block of our next SR or RR, which ends the interval that its fraction is about; null: nothing came. */
  report(now: number): ReportBlock | null {
    if (this.#ssrc < 0) return null;
    const expected = this.#highest - this.#base + 1;
    const inInterval = expected - this.#expectedReported;
    const lostInInterval = inInterval - (this.#received - this.#receivedReported);
    this.#expectedReported = expected;
    this.#receivedReported = this.#received;
    const last = this.#senderReport;
    return {
      ssrc: this.#ssrc,
      fractionLost: lostInInterval <= 0 ? 0 : Math.min(255, Math.floor((lostInInterval * 256) / inInterval)),
      lost: Math.max(-most - 1, Math.min(most, this.#lostNow)),
      highestSequence: this.#highest >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSenderReport: last?.middle ?? 0,
      delay: last ? Math.min(0xffff_ffff, Math.max(0, Math.round((now - last.at) * 65.536))) : 0,
    };
  }

  #begin(ssrc: number, sequence: number): void {
    this.#lostBefore += this.#lostNow;
    this.#ssrc = ssrc;
    this.#base = sequence;
    this.#highest = sequence;
    this.#received = 0;
    this.#afterJump = -1;
    this.#transit = null;
    this.#jitter = 0;
    this.#expectedReported = 0;
    this.#receivedReported = 0;
    this.#senderReport = null;
  }

  /** False: a jump that may be one stray packet. Two in a row are a source that began anew (A.1). */
  #follow(sequence: number): boolean {
    const ahead = ahead16(sequence, this.#highest & 0xffff);
    if (ahead < maxDropout && ahead > -maxMisorder) {
      if (ahead > 0) this.#highest += ahead;
      return true;
    }
    if (sequence !== this.#afterJump) {
      this.#afterJump = (sequence + 1) & 0xffff;
      return false;
    }
    this.#begin(this.#ssrc, sequence);
    return true;
  }

  /** A.8. */
  #measure(timestamp: number, now: number): void {
    const arrival = (now * this.#clockRate) / 1000;
    // Only differences count; modulo 2^32 they survive the timestamp's wrap.
    const transit = (((arrival - timestamp) % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000;
    if (this.#transit !== null) {
      const difference = Math.abs(transit - this.#transit);
      const step = Math.min(difference, 0x1_0000_0000 - difference);
      // After a hold, timestamps may go on where they stopped: more than a second is no jitter.
      if (step < this.#clockRate) this.#jitter += (step - this.#jitter) / 16;
    }
    this.#transit = transit;
  }
}

/** What went out with one SSRC, and what the peer's RTCP says of it. */
export class SentStream {
  readonly ssrc: number;
  packets = 0;
  /** Payload bytes. */
  bytes = 0;
  /** Milliseconds since the epoch; null: nothing went out. */
  lastAt: number | null = null;
  /** As the peer reports it, cumulative; 0 until it does. */
  lost = 0;
  /** Milliseconds; null: not known. */
  roundTrip: number | null = null;
  /** 0 to 1; null: not known. */
  fractionLost: number | null = null;
  /** Hz; of the codec that is in use now. */
  clockRate: number;
  #timestamp = 0;
  #jitter = 0;
  #packetsReported = 0;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.clockRate = clockRate;
  }

  /** As the peer reports it, milliseconds. */
  get jitter(): number {
    return (this.#jitter / this.clockRate) * 1000;
  }

  /** A packet with `bytes` of payload. */
  packet(timestamp: number, bytes: number, now: number): void {
    this.packets += 1;
    this.bytes += bytes;
    this.lastAt = now;
    this.#timestamp = timestamp;
  }

  /** For an SR; null when nothing went out since the last one: then an RR is due (RFC 3550 section 6.4). */
  senderInfo(now: number): SenderInfo | null {
    if (this.lastAt === null || this.packets === this.#packetsReported) return null;
    this.#packetsReported = this.packets;
    const ntp = ntpOf(now);
    const elapsed = Math.round(((now - this.lastAt) * this.clockRate) / 1000);
    return {
      ntpSeconds: ntp.seconds,
      ntpFraction: ntp.fraction,
      timestamp: (this.#timestamp + elapsed) >>> 0,
      packets: this.packets >>> 0,
      octets: this.bytes % 0x1_0000_0000,
    };
  }

  /** A block about our SSRC; others are ignored. */
  reported(block: ReportBlock, now: number): void {
    if (block.ssrc !== this.ssrc) return;
    this.lost = block.lost;
    this.fractionLost = block.fractionLost / 256;
    this.#jitter = block.jitter;
    if (block.lastSenderReport === 0) return;
    const ntp = ntpOf(now);
    const trip = (middle(ntp.seconds, ntp.fraction) - block.lastSenderReport - block.delay) | 0;
    // The peer may write what it likes; clocks of unequal pace make small negative ones.
    if (trip > -0x1_0000 && trip < 60 * 0x1_0000) this.roundTrip = Math.max(0, (trip / 0x1_0000) * 1000);
  }
}

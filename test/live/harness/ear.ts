import { Tcpdump } from "./tcpdump.ts";
import { tonesIn } from "./tone.ts";
import { until } from "./until.ts";

const sampleRate = 8000;
const keptSamples = 10 * sampleRate;
const pcmu = 0;
/** What FreeSWITCH offers and baresip takes for RFC 4733. */
const telephoneEvent = 101;
const keys = "0123456789*#ABCD";

/**
 * What reaches a phone's RTP ports, as sound. baresip's own recording ends at the first hold: version 1.0.0
 * throws its audio filters away when the direction of the media changes.
 */
export class Ear {
  readonly #tcpdump: Tcpdump;
  #samples: number[] = [];
  #heard = 0;
  #lastEvent = -1;
  #digits = "";

  private constructor(tcpdump: Tcpdump) {
    this.#tcpdump = tcpdump;
  }

  static async open(home: string, ports: { from: number; to: number }): Promise<Ear> {
    return new Ear(await Tcpdump.start(home, "rtp", `udp dst portrange ${ports.from}-${ports.to}`));
  }

  #listen(): void {
    for (const { payload } of this.#tcpdump.read()) {
      for (const byte of rtpPayload(payload, pcmu)) {
        this.#samples.push(fromMuLaw(byte));
        this.#heard += 1;
      }
      const [event] = rtpPayload(payload, telephoneEvent);
      if (event !== undefined) this.#key(event, payload.readUInt32BE(4));
    }
    this.#samples = this.#samples.slice(-keptSamples);
  }

  /** The packets of one key press share their timestamp. RFC 4733 section 2.5.1. */
  #key(event: number, timestamp: number): void {
    if (timestamp !== this.#lastEvent) this.#digits += keys[event] ?? "?";
    this.#lastEvent = timestamp;
  }

  /** Every digit that reached the phone as a telephone-event so far. */
  get digits(): string {
    this.#listen();
    return this.#digits;
  }

  /**
   * Those of `candidates` (Hz) in the next half second of sound, the strongest first; none if it is silent, or if
   * so much does not arrive within `seconds`: the far end sends nothing.
   */
  async tones(candidates: readonly number[], seconds = 3): Promise<number[]> {
    this.#listen();
    const wanted = this.#heard + sampleRate / 2;
    try {
      await until(
        "half a second of sound",
        () => {
          this.#listen();
          return this.#heard >= wanted;
        },
        { seconds },
      );
    } catch {
      return [];
    }
    return tonesIn(Float64Array.from(this.#samples.slice(-sampleRate / 2)), sampleRate, candidates);
  }

  async close(): Promise<void> {
    await this.#tcpdump.stop();
  }
}

/** The payload of an RTP packet of that payload type; empty for every other. RFC 3550 section 5.1. */
export function rtpPayload(packet: Buffer, payloadType: number): Buffer {
  const [first = 0, second = 0] = packet;
  if (packet.length < 12 || first >> 6 !== 2 || (second & 0x7f) !== payloadType) return Buffer.alloc(0);
  const contributors = (first & 0x0f) * 4;
  let start = 12 + contributors;
  const hasExtension = (first & 0x10) !== 0;
  if (hasExtension && packet.length >= start + 4) start += 4 + packet.readUInt16BE(start + 2) * 4;
  const hasPadding = (first & 0x20) !== 0;
  return packet.subarray(start, packet.length - (hasPadding ? (packet.at(-1) ?? 0) : 0));
}

/** One sample, -1 to 1. ITU-T G.711, table 2a. */
export function fromMuLaw(byte: number): number {
  const value = ~byte & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)) - 0x84;
  return (value & 0x80 ? -magnitude : magnitude) / 32_768;
}

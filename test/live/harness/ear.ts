import { Tcpdump } from "./tcpdump.ts";
import { tonesIn } from "./tone.ts";
import { until } from "./until.ts";

const sampleRate = 8000;
const keptSamples = 10 * sampleRate;
const pcmu = 0;

/**
 * What reaches a phone's RTP ports, as sound. baresip's own recording ends at the first hold: version 1.0.0
 * throws its audio filters away when the direction of the media changes.
 */
export class Ear {
  readonly #tcpdump: Tcpdump;
  #samples: number[] = [];
  #heard = 0;

  private constructor(tcpdump: Tcpdump) {
    this.#tcpdump = tcpdump;
  }

  static async open(home: string, ports: { from: number; to: number }): Promise<Ear> {
    return new Ear(await Tcpdump.start(home, "rtp", `udp dst portrange ${ports.from}-${ports.to}`));
  }

  #listen(): void {
    for (const { payload } of this.#tcpdump.read()) {
      for (const byte of pcmuPayload(payload)) {
        this.#samples.push(fromMuLaw(byte));
        this.#heard += 1;
      }
    }
    this.#samples = this.#samples.slice(-keptSamples);
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

/** The payload of an RTP packet of G.711 mu-law; empty for every other. RFC 3550 section 5.1, RFC 3551 section 6. */
export function pcmuPayload(packet: Buffer): Buffer {
  const [first = 0, second = 0] = packet;
  if (packet.length < 12 || first >> 6 !== 2 || (second & 0x7f) !== pcmu) return Buffer.alloc(0);
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

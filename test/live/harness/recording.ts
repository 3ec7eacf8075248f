import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";

/** baresip's sndfile module writes 16-bit mono PCM at the codec's rate behind a 44-byte RIFF header. */
const headerBytes = 44;
export const sampleRate = 8000;

/** The sound a phone receives, as it is being written: one file per audio stream, the newest counts. */
export class Recording {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many bytes of sound each file holds now. */
  mark(): Map<string, number> {
    const files = readdirSync(this.#folder).filter((name) => name.endsWith("-dec.wav"));
    return new Map(files.map((name) => [name, soundBytes(join(this.#folder, name))]));
  }

  /**
   * Resolves to the next `milliseconds` of sound that arrive from now on, an empty array if so much does not
   * arrive within `seconds`: the far end sends nothing.
   */
  async next(milliseconds: number, seconds: number): Promise<Float64Array> {
    const before = this.mark();
    const wanted = (milliseconds * sampleRate * 2) / 1000;
    try {
      return await until(
        `${milliseconds} ms of sound`,
        () => {
          for (const [name, size] of this.mark()) {
            const known = before.get(name) ?? 0;
            // Two streams that begin in one second share a name: the second one truncates the file.
            const from = size < known ? 0 : known;
            if (size - from >= wanted) return readSamples(join(this.#folder, name), size - wanted, wanted);
          }
          return undefined;
        },
        { seconds },
      );
    } catch {
      return new Float64Array();
    }
  }
}

function soundBytes(path: string): number {
  const file = openSync(path, "r");
  try {
    return Math.max(0, Math.floor((fstatSync(file).size - headerBytes) / 2) * 2);
  } finally {
    closeSync(file);
  }
}

function readSamples(path: string, from: number, length: number): Float64Array {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes, 0, length, headerBytes + from);
  } finally {
    closeSync(file);
  }
  return Float64Array.from({ length: length / 2 }, (_, index) => bytes.readInt16LE(index * 2) / 32_768);
}

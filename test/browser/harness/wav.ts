import { writeFileSync } from "node:fs";

const rate = 48_000;
const seconds = 2;

/** Writes a tone of `frequency` Hz as WAV: whole periods, so that it can be repeated without a click. */
export function writeTone(path: string, frequency: number): void {
  const samples = rate * seconds;
  const data = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at += 1) {
    data.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * frequency * at) / rate)), at * 2);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([head, data]));
}

/** Splits what an event socket sends into whole frames, each with its headers and body, byte for byte. */
export class EventFrames {
  #pending = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const end = this.#pending.indexOf("\n\n");
      if (end < 0) return frames;
      const headers = this.#pending.toString("latin1", 0, end);
      const length = end + 2 + Number(/^Content-Length: (\d+)$/m.exec(headers)?.[1] ?? 0);
      if (this.#pending.length < length) return frames;
      frames.push(this.#pending.subarray(0, length));
      this.#pending = this.#pending.subarray(length);
    }
  }
}

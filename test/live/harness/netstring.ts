/** Netstrings, `LENGTH:BYTES,`, as baresip's ctrl_tcp module frames its JSON. */
export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** Takes chunks as they arrive, answers the texts that are complete; throws on bytes that are no netstring. */
export class NetstringReader {
  #pending = Buffer.alloc(0);

  push(chunk: Buffer): string[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const texts: string[] = [];
    for (;;) {
      const colon = this.#pending.indexOf(":");
      if (colon < 0) return texts;
      const length = this.#pending.toString("latin1", 0, colon);
      if (!/^\d{1,9}$/.test(length))
        throw new Error(`no netstring: ${this.#pending.toString("latin1", 0, 40)}`);
      const end = colon + 1 + Number(length);
      if (this.#pending.length <= end) return texts;
      if (this.#pending[end] !== 0x2c) throw new Error("no netstring: the comma is missing");
      texts.push(this.#pending.toString("utf8", colon + 1, end));
      this.#pending = this.#pending.subarray(end + 1);
    }
  }
}

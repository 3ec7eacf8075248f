import { Failure } from "../../base/index.ts";
import { isToken, splitList } from "./grammar.ts";
import { isList, knownName } from "./names.ts";

interface Line {
  /** A known header's name, any other's in lower case: what lines are compared by. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

// oxlint-disable-next-line no-control-regex -- these are what must not be written
const unsafe = /[\0\n\r]/u;

/** Text that may stand in a message's head: throws `unsafe-text` for one that holds CR, LF or NUL. */
export function safeText(text: string): string {
  if (!unsafe.test(text)) return text;
  throw new Failure("unsafe-text", "A SIP header's text holds a line break or a NUL.");
}

const keyOf = (name: string): string => knownName(name) ?? name.toLowerCase();

function lineOf(name: string, value: string): Line {
  const known = knownName(name);
  if (known === undefined && !isToken(name)) {
    throw new Failure("unsafe-text", "A SIP header's name is no token.");
  }
  return { key: known ?? name.toLowerCase(), name: known ?? name, value: safeText(value).trim() };
}

/**
 * A message's header lines in order. Names are compared without case and compact forms are written out; values are
 * unfolded and trimmed, and are read (RFC 3261 section 7.3.1) only when asked for.
 */
export class Headers {
  #lines: Line[] = [];

  /** Throws as `append`. */
  static of(pairs: Iterable<readonly [name: string, value: string]>): Headers {
    const headers = new Headers();
    for (const [name, value] of pairs) headers.append(name, value);
    return headers;
  }

  /** Lines as received, oldest trust first: names are tokens and values hold no CR, LF or NUL already. */
  static received(lines: readonly (readonly [name: string, value: string])[]): Headers {
    const headers = new Headers();
    headers.#lines = lines.map(([written, value]) => {
      const name = knownName(written);
      return { key: name ?? written.toLowerCase(), name: name ?? written, value };
    });
    return headers;
  }

  /** The first value; of a header that is a list its first element: `get("Via")` is the top Via. */
  get(name: string): string | undefined {
    const key = keyOf(name);
    if (isList(key)) return this.all(name)[0];
    return this.#lines.find((line) => line.key === key)?.value;
  }

  /** Every value in order; lines of a header that is a list are cut at their commas. */
  all(name: string): string[] {
    const key = keyOf(name);
    const values = this.#lines.filter((line) => line.key === key).map((line) => line.value);
    return isList(key) ? values.flatMap((value) => splitList(value)) : values;
  }

  /** Lines of this name. */
  count(name: string): number {
    const key = keyOf(name);
    return this.#lines.reduce((count, line) => (line.key === key ? count + 1 : count), 0);
  }

  has(name: string): boolean {
    const key = keyOf(name);
    return this.#lines.some((line) => line.key === key);
  }

  /** One line instead of every line of this name, where the first of them stood. Throws as `append`. */
  set(name: string, value: string): this {
    const line = lineOf(name, value);
    const at = this.#lines.findIndex((one) => one.key === line.key);
    if (at < 0) this.#lines.push(line);
    else this.#lines = this.#lines.filter((one, index) => index <= at || one.key !== line.key).with(at, line);
    return this;
  }

  /** Adds a line at the end. Throws `unsafe-text` for a name that is no token, a value with CR, LF or NUL. */
  append(name: string, value: string): this {
    this.#lines.push(lineOf(name, value));
    return this;
  }

  /** Adds a line before every other, as a Via is. Throws as `append`. */
  prepend(name: string, value: string): this {
    this.#lines.unshift(lineOf(name, value));
    return this;
  }

  /** Writes another first value, leaving the others: of a list its first element. Throws as `append`. */
  replaceFirst(name: string, value: string): this {
    const line = lineOf(name, value);
    const at = this.#lines.findIndex((one) => one.key === line.key);
    const old = this.#lines[at];
    if (!old) return this.append(name, value);
    const rest = isList(line.key) ? splitList(old.value).slice(1) : [];
    this.#lines[at] = { ...line, value: [line.value, ...rest].join(", ") };
    return this;
  }

  delete(name: string): this {
    const key = keyOf(name);
    this.#lines = this.#lines.filter((line) => line.key !== key);
    return this;
  }

  /** The lines, lists not cut. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const { name, value } of this.#lines) yield [name, value];
  }

  copy(): Headers {
    const headers = new Headers();
    headers.#lines = [...this.#lines];
    return headers;
  }
}

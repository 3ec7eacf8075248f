function classOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

export const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** RFC 3261 section 25.1, `token`. */
const tokenClass = classOf(`${alphanumeric}-.!%*_+\`'~`);
/** `gen-value` without quotes: a token or a host, IPv6 references included. */
const valueClass = classOf(`${alphanumeric}-.!%*_+\`'~[]:`);

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const less = 0x3c;
const greater = 0x3e;

function endOf(text: string, at: number, table: Uint8Array): number {
  let end = at;
  while (end < text.length && table[text.charCodeAt(end)] === 1) end += 1;
  return end;
}

/** Index behind the token at `at`; `at` itself when there is none. */
export const tokenEnd = (text: string, at: number): number => endOf(text, at, tokenClass);

/** Index behind what stands as a parameter's value without quotes. */
export const valueEnd = (text: string, at: number): number => endOf(text, at, valueClass);

export const isToken = (text: string): boolean => text.length > 0 && tokenEnd(text, 0) === text.length;

/** Index of the next character that is neither space nor tab: lines are unfolded before values are read. */
export function skipSpace(text: string, at: number): number {
  let end = at;
  while (end < text.length && (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x09)) end += 1;
  return end;
}

/** Index behind the quoted string that starts at `at`; -1 when it does not end. */
export function quotedEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === backslash) end += 1;
    else if (code === quote) return end + 1;
  }
  return -1;
}

/** The content of a quoted string, its quotes included in `text`. */
export function unquote(text: string): string {
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replaceAll(/\\(.)/gsu, "$1") : inner;
}

export const quoted = (text: string): string => `"${text.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;

/** Cuts a header value at its commas: not at those in quotes, nor between `<` and `>`. Empty elements go. */
export function splitList(text: string): string[] {
  if (!text.includes(",")) return text === "" ? [] : [text];
  const elements: string[] = [];
  let start = 0;
  const add = (end: number): void => {
    const element = text.slice(start, end).trim();
    if (element !== "") elements.push(element);
    start = end + 1;
  };
  let inAngles = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote && !inAngles) {
      const end = quotedEnd(text, at);
      if (end < 0) break;
      at = end - 1;
    } else if (code === less) inAngles = true;
    else if (code === greater) inAngles = false;
    else if (code === comma && !inAngles) add(at);
  }
  add(text.length);
  return elements;
}

/** At most ten decimal digits, and no more than `most`; undefined for anything else. */
export function decimal(text: string, most: number): number | undefined {
  if (text.length === 0 || text.length > 10) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= most ? value : undefined;
}

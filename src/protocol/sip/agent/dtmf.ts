export interface Digit {
  readonly digit: string;
  readonly milliseconds: number;
}

export const relayType = "application/dtmf-relay";
export const plainType = "application/dtmf";

const usual = 250;
const digit = /^[0-9A-D*#]$/u;

/** 10 and 11 stand for the keys `*` and `#` (RFC 2833 3.10), 12 to 15 for A to D. */
function keyOf(text: string): string | undefined {
  const key = text.trim().toUpperCase();
  if (digit.test(key)) return key;
  return /^1[0-5]$/u.test(key) ? "*#ABCD"[Number(key) - 10] : undefined;
}

/**
 * The digit of an INFO: `Signal=5` and `Duration=160`, or the digit alone. Undefined for another type, or a body that is
 * neither.
 */
export function digitOf(type: string, body: Uint8Array): Digit | undefined {
  const text = Buffer.from(body).toString("latin1");
  if (type === plainType) {
    const key = keyOf(text);
    return key === undefined ? undefined : { digit: key, milliseconds: usual };
  }
  if (type !== relayType) return undefined;
  const fields = new Map(
    text.split(/\r\n|\n|\r/u).map((line) => {
      const [name = "", value = ""] = line.split("=", 2);
      return [name.trim().toLowerCase(), value] as const;
    }),
  );
  const key = keyOf(fields.get("signal") ?? "");
  if (key === undefined) return undefined;
  const milliseconds = Number(fields.get("duration") ?? usual);
  return { digit: key, milliseconds: milliseconds > 0 && milliseconds <= 60_000 ? milliseconds : usual };
}

import { createHash } from "node:crypto";

/** Crockford's base 32, as in a ULID. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeLength = 10;
const restLength = 16;

function base32(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest >>= 5n)
    text = (alphabet[Number(rest & 31n)] ?? "") + text;
  return text;
}

/**
 * The id of the call that begins with that leg: a ULID of the leg's creation (milliseconds since the epoch) and 80
 * bits of its uuid's SHA-256. Whoever sees the leg gives the call the same id: Patchcord after it was killed and
 * started again, or a second Patchcord beside it.
 */
export function callIdOf(uuid: string, createdAt: number): string {
  const digest = createHash("sha256").update(uuid).digest().subarray(0, 10);
  const time = BigInt(Math.min(Math.max(0, Math.trunc(createdAt)), 2 ** 48 - 1));
  return base32(time, timeLength) + base32(BigInt(`0x${digest.toString("hex")}`), restLength);
}

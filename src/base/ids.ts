import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { monotonicFactory } from "ulid";

/** A source of identifiers and secrets, an argument wherever one is made. */
export interface Ids {
  /** Sortable by time and unique: 26 characters of Crockford's base 32 (a ULID). */
  sortable(now: number): string;
  /** A random UUID, of the form FreeSWITCH uses. */
  uuid(): string;
  /** A URL-safe secret of that many random bytes. */
  secret(bytes: number): string;
  /** A password a person can type: `length` characters out of `alphabet`. */
  password(length: number, alphabet: string): string;
}

const ulid = monotonicFactory(() => randomInt(0x1_0000_0000) / 0x1_0000_0000);

export const systemIds: Ids = {
  sortable: (now) => ulid(now),
  uuid: () => randomUUID(),
  secret: (bytes) => randomBytes(bytes).toString("base64url"),
  password(length, alphabet) {
    return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
  },
};

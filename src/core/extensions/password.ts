import { createHash } from "node:crypto";
import type { Ids } from "../../base/index.ts";

/** No 0 O 1 l I: people read passwords to each other. */
const alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const length = 16;

/** About 93 bits. */
export const randomPassword = (ids: Pick<Ids, "password">): string => ids.password(length, alphabet);

/** RFC 2617 section 3.2.2.2, A1 with `domain` as the realm: lower-case hex. */
export const ha1 = (number: string, domain: string, password: string): string =>
  createHash("md5").update(`${number}:${domain}:${password}`).digest("hex");

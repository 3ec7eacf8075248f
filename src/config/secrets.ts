import { chmodSync } from "node:fs";
import { join } from "node:path";
import { systemIds } from "../base/index.ts";
import { ConfigError } from "./errors.ts";
import { readTextFile, writePrivateFile } from "./files.ts";

/** Files in the data directory, each a generated secret and a newline. */
export const secretFiles = {
  adminToken: "admin-token",
  xmlCurlPassword: "xml-curl-password",
  proxySecret: "proxy-secret",
  eventSocketPassword: "event-socket-password",
} as const;

export interface Secret {
  readonly value: string;
  /** Whether this call generated it. */
  readonly isNew: boolean;
}

/** What FreeSWITCH's preprocessor, XML, URLs and HTTP headers all leave as it is. */
const form = /^[A-Za-z0-9._~-]{16,512}$/;

/** The secret kept in that file, or undefined. Throws ConfigError if the file holds something else. */
export function readSecret(data: string, name: string): string | undefined {
  const path = join(data, name);
  const text = readTextFile(path, "data (PATCHCORD_DATA)", { mayBeAbsent: true })?.trimEnd();
  if (text === undefined) return undefined;
  if (form.test(text)) return text;
  throw new ConfigError(
    `the file ${path} holds no usable secret (16 to 512 letters, digits and . _ ~ -); delete it to have a new one made`,
  );
}

/** The secret kept in that file, generated if there is none; of two starts at once, both get the same. Throws ConfigError. */
export function ensureSecret(data: string, name: string): Secret {
  const kept = readSecret(data, name);
  if (kept !== undefined) {
    chmodSync(join(data, name), 0o600);
    return { value: kept, isNew: false };
  }
  const made = systemIds.secret(24);
  if (writePrivateFile(data, name, `${made}\n`, { keep: true })) return { value: made, isNew: true };
  return ensureSecret(data, name);
}

import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { makeDirectory, nearestExisting, reasonOf, systemIds } from "../base/index.ts";
import { ConfigError } from "./errors.ts";

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/** Reads a file that a key names; undefined if it is absent and may be. Throws ConfigError naming `origin`. */
export function readTextFile(
  path: string,
  origin: string,
  { mayBeAbsent }: { mayBeAbsent: boolean },
): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (mayBeAbsent && codeOf(error) === "ENOENT") return undefined;
    const reason =
      codeOf(error) === "ENOTDIR" ? `${nearestExisting(path)} is not a directory` : reasonOf(error);
    throw new ConfigError(`${origin}: the file ${path} cannot be read: ${reason}`, { cause: error });
  }
}

/** Makes a directory, readable by nobody else, unless there is one; answers whether it did. Throws ConfigError naming `origin`. */
export function makeConfigured(path: string, origin: string): boolean {
  try {
    return makeDirectory(path);
  } catch (error) {
    throw new ConfigError(`${origin}: the directory ${path} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** As `makeConfigured`, the data directory. */
export const makeDataDirectory = (path: string): boolean => makeConfigured(path, "data (PATCHCORD_DATA)");

/**
 * Writes a file of mode 0600 as a whole: whoever reads it sees all of it or what was there before. With `keep`,
 * one that exists is left alone: of several processes at once, one writes and all read the same. Answers
 * whether this one wrote. Throws ConfigError.
 */
export function writePrivateFile(
  folder: string,
  name: string,
  text: string,
  { keep }: { keep: boolean },
): boolean {
  const path = join(folder, name);
  const draft = join(folder, `.${name}.${systemIds.uuid()}`);
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (!keep) {
      renameSync(draft, path);
      return true;
    }
    // rename would replace what another start wrote a moment ago; link does not.
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (keep && codeOf(error) === "EEXIST") return false;
    throw new ConfigError(`data (PATCHCORD_DATA): ${path} cannot be written: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

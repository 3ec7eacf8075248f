import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reasonOf } from "./errors.ts";

/** The path itself where it exists, else the nearest directory above it that does; the root at last. */
export function nearestExisting(path: string): string {
  let at = resolve(path);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function refuseUnusable(path: string): void {
  if (!statSync(path).isDirectory()) throw new Error(`${path} is not a directory`);
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`${path} is not writable: ${reasonOf(error)}`, { cause: error });
  }
}

function makeLevel(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it a moment ago.
    if (existsSync(path)) return;
    throw new Error(`no directory can be made in ${dirname(path)}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Makes a directory, and those above it that are missing, readable by nobody else; answers whether it was
 * missing. Throws an Error in words if it cannot be had or cannot be written to. Level by level: where the
 * system refuses with ENOENT, as /proc does, Node's recursive mkdirSync tries for ever.
 */
export function makeDirectory(path: string): boolean {
  const wanted = resolve(path);
  const existing = nearestExisting(wanted);
  refuseUnusable(existing);
  const missing: string[] = [];
  for (let at = wanted; at !== existing; at = dirname(at)) missing.unshift(at);
  for (const level of missing) makeLevel(level);
  refuseUnusable(wanted);
  return missing.length > 0;
}

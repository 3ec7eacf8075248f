import { copyFileSync, globSync, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeDirectory, reasonOf } from "../base/index.ts";
import { ConfigError } from "./errors.ts";
import { writePrivateFile } from "./files.ts";

/** Stands in every directory that we wrote, so that no other configuration is ever overwritten. */
const marker = ".patchcord";

function refuseForeign(directory: string): void {
  let entries: string[];
  try {
    entries = readdirSync(directory);
  } catch {
    return;
  }
  if (entries.length === 0 || entries.includes(marker)) return;
  throw new ConfigError(
    `${directory} holds files that this command did not write; name a new or empty directory`,
  );
}

/**
 * Writes FreeSWITCH's configuration directory: the files of `templates` as they are, and `secrets`, path → text,
 * with mode 0600. Answers the paths below it. Throws ConfigError.
 */
export function writeSwitchDirectory(
  directory: string,
  templates: string,
  secrets: Readonly<Record<string, string>>,
): string[] {
  refuseForeign(directory);
  const copied = globSync("**/*.xml", { cwd: templates }).toSorted();
  try {
    makeDirectory(directory);
    writePrivateFile(directory, marker, "", { keep: true });
    for (const path of copied) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      copyFileSync(join(templates, path), join(directory, path));
    }
    for (const [path, text] of Object.entries(secrets)) {
      writePrivateFile(join(directory, dirname(path)), basename(path), text, { keep: false });
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${directory} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
  return [...copied, ...Object.keys(secrets)].toSorted();
}

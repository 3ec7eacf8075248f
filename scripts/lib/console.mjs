/**
 * The pages that Patchcord serves, built from src/client/console into dist/console whenever their sources have changed.
 * Plain JavaScript on purpose: Node 20 runs it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pinnedNode, root } from "./toolchain.mjs";

const inputs = ["package-lock.json", "scripts/build-console.mjs", "src/client/console", "src/client/sdk/rtc"];

export const output = join(root, "dist", "console");
/** Holds the hash of what it was built from. */
export const stampName = ".inputs";

function filesOf(path) {
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    return entries.flatMap((entry) => filesOf(`${path}/${entry.name}`));
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    throw error;
  }
}

export function inputsHash() {
  const hash = createHash("sha256");
  for (const path of inputs.flatMap(filesOf).toSorted((a, b) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

/** Whether what is built is what the sources say. */
export const isFresh = () => {
  const stamp = join(output, stampName);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === inputsHash();
};

/** Builds the pages unless they are those of the sources. False, and a line that says why, if that cannot be done. */
export function ensureConsole() {
  if (isFresh()) return true;
  if (!existsSync(join(root, "node_modules", "vite"))) {
    process.stderr.write("patchcord: the web phone is not built: vite is not installed (run npm install)\n");
    return false;
  }
  process.stderr.write("patchcord: building the web phone\n");
  const { status, error } = spawnSync(pinnedNode(), [join(root, "scripts", "build-console.mjs")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    // React has a build for development, which whoever builds under NODE_ENV=test would get.
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (status === 0) return true;
  const why = error ? `: ${error.message}` : "";
  process.stderr.write(`patchcord: the web phone could not be built${why}; the rest works without it\n`);
  return false;
}

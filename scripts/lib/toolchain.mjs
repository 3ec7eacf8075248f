/**
 * What every entry point needs before the first TypeScript file can be read:
 * the packages of the lock file, and the Node release that is pinned among them.
 * Plain JavaScript on purpose: Node 20 runs it.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const stamp = join(root, "node_modules", ".patchcord-lock");
const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");

/** Installs the packages of the lock file unless that very lock file is what is installed. */
export function ensureInstalled() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("patchcord: installing packages, once\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // Not npm ci: it refuses a lock file that lacks another platform's optional binaries, as a registry that does not
  // carry them makes npm write it.
  const result = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.error || result.status !== 0) {
    const why = result.error ? result.error.message : `npm install ended with ${result.status}`;
    process.stderr.write(`patchcord: the packages could not be installed: ${why}\n`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** The path of the pinned Node, else of the running one where that is new enough to read TypeScript. */
export function pinnedNode() {
  const require = createRequire(join(root, "package.json"));
  const { optionalDependencies } = require("./package.json");
  const binary = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  for (const name of Object.keys(optionalDependencies)) {
    if (!name.startsWith("node-")) continue;
    const path = join(root, "node_modules", name, binary);
    if (existsSync(path)) return path;
  }
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  process.stderr.write(
    `patchcord: no Node 24 package for ${process.platform}-${process.arch}; install Node 24 or newer and run this again\n`,
  );
  return process.exit(1);
}

/**
 * Runs the pinned Node with these arguments in our place: same terminal, signals passed on, same exit code.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function become(args, env = process.env) {
  const child = spawn(pinnedNode(), args, { stdio: "inherit", env });
  const pass = (signal) => child.kill(signal);
  // A terminal delivers SIGINT to the whole process group: the child has it already.
  process.on("SIGINT", () => process.stdin.isTTY || pass("SIGINT"));
  process.on("SIGTERM", pass);
  process.on("SIGHUP", pass);
  // npm starts us through a shell, which a signal ends without reaching us: that our parent is gone is how we hear of it.
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || pass("SIGTERM"), 500).unref();
  }
  child.on("error", (error) => {
    process.stderr.write(`patchcord: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(signal ? 128 : (code ?? 1));
  });
}

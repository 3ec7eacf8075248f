/** Programs that the tests need beside npm's packages: installed where we may, named where we may not. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export const executable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const onPath = (name) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => executable(join(folder, name)));

const isMissing = ({ commands, given }) => !(given && executable(given)) && !commands.some(onPath);

const apt = (args) => {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", args, { stdio: ["ignore", 2, 2], env }).status === 0;
};

/** Drives pages. */
export const chromium = {
  commands: ["chromium", "chromium-browser", "google-chrome"],
  debian: "chromium",
  given: process.env.CHROMIUM_BIN,
};
/** A SIP peer that is not ours. */
export const sipp = { commands: ["sipp"], debian: "sip-tester" };
/** Ends a test's processes with the test. */
export const setpriv = { commands: ["setpriv"], debian: "util-linux" };

/**
 * Sees to it that those tools are there: by apt-get, where root may run it.
 * @param {readonly {commands: readonly string[], debian: string, given?: string | undefined}[]} tools any of `commands`
 *   on the PATH will do, or the path `given`; `debian` is the package that brings one
 * @param {string} who begins what is said
 * @returns {string[]} a line for each that is missing all the same
 */
export function ensureTools(tools, who) {
  let missing = tools.filter(isMissing);
  if (missing.length > 0 && process.getuid?.() === 0 && onPath("apt-get")) {
    const packages = missing.map(({ debian }) => debian);
    process.stderr.write(`${who}: installing ${packages.join(" ")} (apt-get)\n`);
    const install = ["install", "-y", "--no-install-recommends", ...packages];
    // A machine that is new knows no packages yet.
    if (!apt(install) && apt(["update"])) apt(install);
    missing = missing.filter(isMissing);
  }
  return missing.map(({ commands, debian }) => `${commands[0]} is missing: install the package ${debian}`);
}

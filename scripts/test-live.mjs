// npm run test:live [FILTER ...]: the live suite on a real FreeSWITCH; a full run writes test/live/REPORT.md.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { ensureInstalled, pinnedNode, root } from "./lib/toolchain.mjs";

const say = (line) => process.stderr.write(`${line}\n`);

const executable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const onPath = (name) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => executable(join(folder, name)));

/** What the suite needs beside FreeSWITCH, by Debian package. */
const tools = [
  { command: "sipp", debian: "sip-tester" },
  { command: "baresip", debian: "baresip-core" },
  { command: "tcpdump", debian: "tcpdump" },
  { command: "setpriv", debian: "util-linux" },
];

/** Reasons why the suite cannot run here, after installing what may be installed. */
function obstacles() {
  const { FREESWITCH_BIN: given } = process.env;
  if (given && !executable(given)) return [`FREESWITCH_BIN names ${given}, which cannot be executed`];
  if (!given && !onPath("freeswitch"))
    return ["there is no freeswitch on the PATH and FREESWITCH_BIN is not set"];
  const missing = tools.filter(({ command }) => !onPath(command));
  if (missing.length > 0 && process.getuid?.() === 0 && onPath("apt-get")) {
    const packages = missing.map(({ debian }) => debian);
    say(`test:live: installing ${packages.join(" ")} (apt-get)`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], {
      stdio: ["ignore", 2, 2],
      env,
    });
  }
  return missing
    .filter(({ command }) => !onPath(command))
    .map(({ command, debian }) => `${command} is missing: install the package ${debian}`);
}

const reasons = obstacles();
if (reasons.length > 0) {
  say(`test:live: 0 run, not run because ${reasons.join("; and ")}`);
  process.exit(process.env.REQUIRE_LIVE === "1" ? 1 : 0);
}

ensureInstalled();
const filters = process.argv.slice(2);
const env = { ...process.env };
if (filters.length === 0) env.PATCHCORD_LIVE_REPORT = join(root, "test", "live", "REPORT.md");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const { status } = spawnSync(
  pinnedNode(),
  [vitest, "run", "--config", "test/live/vitest.config.ts", ...filters],
  {
    cwd: root,
    stdio: "inherit",
    env,
  },
);
process.exit(status ?? 1);

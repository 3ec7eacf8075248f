// npm run test:live [FILTER ...]: the live suite on a real FreeSWITCH; a full run writes test/live/REPORT.md.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { chromium, ensureTools, executable, onPath, setpriv, sipp } from "./lib/debian.mjs";
import { ensureConsole } from "./lib/console.mjs";
import { ensureInstalled, pinnedNode, root } from "./lib/toolchain.mjs";

const say = (line) => process.stderr.write(`${line}\n`);

/** What the suite needs beside FreeSWITCH, by Debian package. */
const tools = [
  chromium,
  sipp,
  setpriv,
  { commands: ["baresip"], debian: "baresip-core" },
  { commands: ["tcpdump"], debian: "tcpdump" },
];

/** Reasons why the suite cannot run here, after installing what may be installed. */
function obstacles() {
  const { FREESWITCH_BIN: given } = process.env;
  if (given && !executable(given)) return [`FREESWITCH_BIN names ${given}, which cannot be executed`];
  if (!given && !onPath("freeswitch"))
    return ["there is no freeswitch on the PATH and FREESWITCH_BIN is not set"];
  return ensureTools(tools, "test:live");
}

const reasons = obstacles();
if (reasons.length > 0) {
  say(`test:live: 0 run, not run because ${reasons.join("; and ")}`);
  process.exit(process.env.REQUIRE_LIVE === "1" ? 1 : 0);
}

ensureInstalled();
if (!ensureConsole()) process.exit(1);
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

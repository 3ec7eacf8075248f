// npm test [FILTER ...]: the checks, then every test that needs no FreeSWITCH.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { chromium, ensureTools, setpriv, sipp } from "./lib/debian.mjs";
import { ensureInstalled, pinnedNode, root } from "./lib/toolchain.mjs";

ensureInstalled();
const missing = ensureTools([chromium, sipp, setpriv], "npm test");
const node = pinnedNode();
const filters = process.argv.slice(2);
const run = (args) => spawnSync(node, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const checks = filters.length === 0 ? run([join(root, "scripts", "check.mjs")]) : 0;
const tests = run([
  join(root, "node_modules", "vitest", "vitest.mjs"),
  "run",
  "--config",
  "test/vitest.config.ts",
  ...filters,
]);
// Last, where it is seen: what failed for want of it says so in other words.
for (const line of missing) process.stderr.write(`npm test: ${line}\n`);
process.exit(checks || tests || (missing.length > 0 ? 1 : 0));

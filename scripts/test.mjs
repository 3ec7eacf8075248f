// npm test [FILTER ...]: the checks, then every test that needs no FreeSWITCH.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, pinnedNode, root } from "./lib/toolchain.mjs";

ensureInstalled();
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
process.exit(checks || tests);

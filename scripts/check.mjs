// npm run check: types, lint, format, unused code. What npm test runs before the tests.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./lib/toolchain.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);
/** @type {[name: string, command: string, args: string[]][]} */
const steps = [
  ["types", bin("tsc"), ["-p", "."]],
  ["types of contract", bin("tsc"), ["-p", "src/contract"]],
  ["types of the web phone's sdk", bin("tsc"), ["-p", "src/client/sdk/rtc"]],
  ["types of the pages", bin("tsc"), ["-p", "src/client/console"]],
  ["types of the tests", bin("tsc"), ["-p", "test"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings", "src", "test", "scripts"]],
  ["format", bin("oxfmt"), ["--check", "src", "test", "scripts"]],
  ["unused code", bin("knip"), ["--no-progress"]],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);

#!/usr/bin/env node
// npx patchcord COMMAND: runs before any install and names the remedy.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { become, root } from "./lib/toolchain.mjs";

if (!existsSync(join(root, "node_modules", "fastify"))) {
  process.stderr.write(
    `patchcord: its packages are not installed yet: run "npm install" in ${root}, then try again\n`,
  );
  process.exit(1);
}
become([join(root, "src", "main.ts"), ...process.argv.slice(2)]);

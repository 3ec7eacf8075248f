// npm start: install what is missing, build the pages if they are stale, then serve.
import { join } from "node:path";
import { ensureConsole } from "./lib/console.mjs";
import { become, ensureInstalled, root } from "./lib/toolchain.mjs";

ensureInstalled();
ensureConsole();
become([join(root, "src", "main.ts"), "serve", ...process.argv.slice(2)]);

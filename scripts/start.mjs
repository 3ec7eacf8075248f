// npm start: install what is missing, then serve.
import { join } from "node:path";
import { become, ensureInstalled, root } from "./lib/toolchain.mjs";

ensureInstalled();
become([join(root, "src", "main.ts"), "serve", ...process.argv.slice(2)]);

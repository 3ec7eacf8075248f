// Builds src/client/console into dist/console, in one step: a server that runs meanwhile serves the old or the new pages.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { inputsHash, isFresh, output, stampName } from "./lib/console.mjs";
import { root } from "./lib/toolchain.mjs";

const source = join(root, "src", "client", "console");
const made = `${output}.${process.pid}`;
const hash = inputsHash();
try {
  await build({
    root: source,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [react()],
    build: {
      outDir: made,
      emptyOutDir: true,
      // The page's policy takes neither images nor scripts out of the document itself.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: { index: join(source, "index.html"), phone: join(source, "phone.html") } },
    },
  });
  writeFileSync(join(made, stampName), hash);
  try {
    rmSync(output, { recursive: true, force: true });
    renameSync(made, output);
  } catch (error) {
    // Somebody else put theirs there in that instant.
    if (!isFresh()) throw error;
  }
} finally {
  rmSync(made, { recursive: true, force: true });
}

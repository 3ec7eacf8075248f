// node scripts/run.mjs FILE [ARG ...]: runs FILE with the pinned Node, installing first what is missing.
import { become, ensureInstalled } from "./lib/toolchain.mjs";

ensureInstalled();
become(process.argv.slice(2));

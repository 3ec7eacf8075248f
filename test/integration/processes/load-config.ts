import { loadConfig } from "../../../src/config/index.ts";

/** Prints the configuration of an empty environment: `load-config.ts DIRECTORY`. */
const [cwd = ""] = process.argv.slice(2);
console.log(JSON.stringify(loadConfig({ env: {}, cwd })));

import { loadConfig } from "../../../src/config/index.ts";

/** Prints the configuration of no environment but what is given: `load-config.ts DIRECTORY [NAME=VALUE ...]`. */
const [cwd = "", ...given] = process.argv.slice(2);
const env = Object.fromEntries(given.map((one) => one.split("=", 2) as [string, string]));
console.log(JSON.stringify(loadConfig({ env, cwd })));

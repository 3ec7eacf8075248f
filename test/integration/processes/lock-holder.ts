import { lockDirectory } from "../../../src/store/index.ts";

/** Takes the lock, says so, and lives on until it is killed: `lock-holder.ts DIRECTORY`. */
const [directory = ""] = process.argv.slice(2);
lockDirectory(directory);
console.log("locked");
process.stdin.resume();

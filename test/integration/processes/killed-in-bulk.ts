import { openStore } from "../../../src/store/index.ts";
import { extension } from "../../unit/store/extension.ts";

/** Writes 1,600 extensions and is killed while row `ROW` is being made: `killed-in-bulk.ts PATH ROW`. */
const [path = "", row = ""] = process.argv.slice(2);
const extensions = Array.from({ length: 1600 }, (_, n) => extension(String(1000 + n)));
const deadly = extensions[Number(row)];
if (deadly) {
  Object.defineProperty(deadly, "displayName", { get: () => process.kill(process.pid, "SIGKILL") });
}
const store = await openStore({ path });
await store.extensions.put(extensions, "replace");
console.log("written");
await store.close();

import { openStore } from "../../../src/store/index.ts";
import { extension } from "../../unit/store/extension.ts";

/** Writes 200 extensions one by one: `writer.ts PATH FIRST`. */
const [path = "", first = ""] = process.argv.slice(2);
const store = await openStore({ path });
for (let n = 0; n < 200; n += 1) {
  await store.extensions.put([extension(String(Number(first) + n))], "fail");
}
await store.close();

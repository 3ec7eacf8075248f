export { lockDirectory } from "./lock.ts";
export { openStore, type Store } from "./open.ts";

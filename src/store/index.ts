export type { DomainChange } from "./domain.ts";
export { openStore, type Store } from "./open.ts";

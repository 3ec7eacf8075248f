export { Extensions, type BulkInput } from "./extensions.ts";
export type { Extension } from "./model.ts";
export { ha1 } from "./password.ts";
export type { ExtensionRepository, ListFilter } from "./repository.ts";
export { numberForm } from "./rules.ts";

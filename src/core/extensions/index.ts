export {
  Extensions,
  type BulkInput,
  type BulkResult,
  type Credential,
  type ExtensionInput,
  type ExtensionPatch,
  type ExtensionsOptions,
} from "./extensions.ts";
export type { Extension, ExtensionFields } from "./model.ts";
export { ha1 } from "./password.ts";
export type { ExtensionRepository, ListFilter, OnExisting, PutResult } from "./repository.ts";
export { isExtensionNumber, parseRange, type NumberRange } from "./rules.ts";

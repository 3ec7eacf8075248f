export type { CliOptions, ConfOptions, ConfResult } from "./context.ts";
export { run } from "./run.ts";

export { restPlugin } from "./plugin.ts";
export type { RestDependencies } from "./routes.ts";

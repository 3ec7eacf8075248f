export { restPlugin } from "./plugin.ts";
export type { RestDependencies } from "./routes.ts";
export { webClientsPlugin, type WebClientsDependencies } from "./web-client-routes.ts";

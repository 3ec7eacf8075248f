export { Patchcord, type Abortable } from "./client.ts";
export { PatchcordError } from "./error.ts";
export type { EventMessage, EventOptions } from "./events.ts";
export type { PatchcordOptions } from "./transport.ts";

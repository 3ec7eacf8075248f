export type { Registration } from "./model.ts";
export { Registrations, type Departure } from "./registrations.ts";

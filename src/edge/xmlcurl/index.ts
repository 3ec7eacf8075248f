export type { Directory, LookupOutcome } from "./answer.ts";
export { Lookups, type Lookup, type LookupCount } from "./lookups.ts";
export { xmlCurlPlugin, type XmlCurlOptions } from "./plugin.ts";

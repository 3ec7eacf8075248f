export type { Directory, LookupOutcome } from "./answer.ts";
export { xmlCurlPlugin, type Lookup, type XmlCurlOptions } from "./plugin.ts";

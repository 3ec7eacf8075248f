export { consolePlugin } from "./plugin.ts";

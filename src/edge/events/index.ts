export { eventsPlugin, type EventsDependencies } from "./plugin.ts";

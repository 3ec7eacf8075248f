export type { OutboxLimits } from "./outbox.ts";
export { eventsPlugin, type EventsDependencies } from "./plugin.ts";

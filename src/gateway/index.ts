export { Gateway, type GatewayCounts, type GatewayOptions } from "./gateway.ts";
export { gatewayNode } from "./local-calls.ts";
export type { Destination, Route } from "./outgoing.ts";
export type { GatewaySettings } from "./settings.ts";

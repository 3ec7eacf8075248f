export { findServer } from "./client.ts";
export { environment, type Environment } from "./environment.ts";
export { ConfigError } from "./errors.ts";
export { readKnownSwitches, rememberSwitch } from "./known-switches.ts";
export { loadConfig } from "./load.ts";
export type { Config, HostPort, IceServerSetting, PortRange, SwitchAddress } from "./model.ts";
export { redact } from "./redact.ts";
export { writeSwitchDirectory } from "./switch-directory.ts";
export { planSwitch, type SwitchPlan, type SwitchWishes } from "./switch-plan.ts";

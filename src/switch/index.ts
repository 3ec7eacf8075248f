export type { CallSink, SwitchAddress, SwitchContext } from "./ports.ts";
export { Switches, type SwitchesOptions } from "./switches.ts";

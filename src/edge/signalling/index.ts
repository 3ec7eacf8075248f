export { signallingPlugin, type SignallingDependencies } from "./plugin.ts";

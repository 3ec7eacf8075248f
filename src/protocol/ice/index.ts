export { IceAgent, type Address, type Credentials, type IceAgentOptions, type IceState } from "./agent.ts";
export { printHostCandidate } from "./candidate.ts";

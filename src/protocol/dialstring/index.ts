export { callerName, checkLiteral, userTarget } from "./text.ts";
export { apiArgument, channelVariables, dialString, legVariables } from "./variables.ts";

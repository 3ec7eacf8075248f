export { callerName, checkLiteral, userTarget } from "./text.ts";
export { apiArgument, channelVariables, dialString } from "./variables.ts";

export {
  callerName,
  checkLiteral,
  checkText,
  checkVariableName,
  isDomain,
  isVariableName,
  userTarget,
} from "./text.ts";
export { apiArgument, channelVariables, dialString, legVariables } from "./variables.ts";

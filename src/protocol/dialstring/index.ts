export { checkLiteral, checkText, checkVariableName, isDomain, isVariableName, userTarget } from "./text.ts";
export { apiArgument, globalVariables, legVariables } from "./variables.ts";

export { Access, type AccessOptions, type Principal, type TokenInput, type TokenView } from "./access.ts";
export { scopes, type ApiToken, type Scope, type TokenRepository } from "./model.ts";

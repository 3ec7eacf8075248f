export { Access, type Principal, type TokenView } from "./access.ts";
export { scopes, type ApiToken, type Scope, type TokenRepository } from "./model.ts";

export { Access, type Principal, type TokenView } from "./access.ts";
export type { IceServer, IceServerSetting } from "./ice-servers.ts";
export {
  scopes,
  type ApiToken,
  type Scope,
  type SigningKey,
  type SigningKeyRepository,
  type TokenRepository,
} from "./model.ts";
export { longestWebTtlSeconds, WebTokens, type SigningKeyView, type WebIdentity } from "./web-tokens.ts";

import { Type, type Static } from "typebox";
import { input, NullableTime, PageQuery, pageOf, Time } from "./common.ts";

const Scope = Type.Enum(["read", "calls", "provision", "admin"]);

export const Token = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Scope),
  createdAt: Time,
  expiresAt: NullableTime,
});
export type Token = Static<typeof Token>;

export const TokenInput = input({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  scopes: Type.Array(Scope, {
    minItems: 1,
    maxItems: 4,
    uniqueItems: true,
    description: "`admin` holds every other.",
  }),
  ttlSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 315_360_000,
      description: "Seconds until it expires; never if not given.",
    }),
  ),
});
export type TokenInput = Static<typeof TokenInput>;

export const TokenCreated = Type.Object({
  ...Token.properties,
  token: Type.String({ description: "The bearer token. Shown this once." }),
});
export type TokenCreated = Static<typeof TokenCreated>;

export const TokenPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
export const TokenPage = pageOf(Token);
export const TokenQuery = input(PageQuery);

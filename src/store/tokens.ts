import type { Kysely, Selectable } from "kysely";
import { scopes, type ApiToken, type TokenRepository } from "../core/access/index.ts";
import type { Tables } from "./schema.ts";

function tokenOf(row: Selectable<Tables["tokens"]>): ApiToken {
  const held = row.scopes.split(",");
  return {
    id: row.id,
    name: row.name,
    // A scope that this version does not know grants nothing.
    scopes: scopes.filter((scope) => held.includes(scope)),
    hash: row.hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export function tokenRepository(db: Kysely<Tables>): TokenRepository {
  return {
    async byHash(hash) {
      const row = await db.selectFrom("tokens").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row && tokenOf(row);
    },
    async list() {
      return (await db.selectFrom("tokens").selectAll().orderBy("id").execute()).map(tokenOf);
    },
    async add(token) {
      const { id, name, hash, createdAt: created_at, expiresAt: expires_at } = token;
      await db
        .insertInto("tokens")
        .values({ id, name, hash, created_at, expires_at, scopes: token.scopes.join(",") })
        .execute();
    },
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom("tokens").where("id", "=", id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

import type { Kysely } from "kysely";
import type { SigningKey, SigningKeyRepository } from "../core/access/index.ts";
import type { Tables } from "./schema.ts";

const valid = 2;

async function youngest(db: Kysely<Tables>): Promise<SigningKey[]> {
  const rows = await db
    .selectFrom("signing_keys")
    .selectAll()
    .orderBy("created_at", "desc")
    .limit(valid)
    .execute();
  return rows.map(({ id, secret, created_at }) => ({ id, secret, createdAt: created_at }));
}

export function signingKeyRepository(db: Kysely<Tables>): SigningKeyRepository {
  return {
    list: () => youngest(db),
    replace: (key, current) =>
      db.transaction().execute(async (transaction) => {
        const [latest] = await youngest(transaction);
        if ((latest?.id ?? null) !== current) return false;
        const { id, secret, createdAt: created_at } = key;
        await transaction.insertInto("signing_keys").values({ id, secret, created_at }).execute();
        const kept = (await youngest(transaction)).map((one) => one.id);
        await transaction.deleteFrom("signing_keys").where("id", "not in", kept).execute();
        return true;
      }),
  };
}

import type { Kysely } from "kysely";
import { Failure } from "../base/index.ts";
import type { Tables } from "./schema.ts";
import { readSetting, writeSetting } from "./settings.ts";

type Step = (db: Kysely<Tables>) => Promise<void>;

const firstTables: Step = async (db) => {
  await db.schema
    .createTable("extensions")
    .addColumn("domain", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("ordinal", "bigint", (column) => column.notNull())
    .addColumn("display_name", "text", (column) => column.notNull())
    .addColumn("caller_id_name", "text", (column) => column.notNull())
    .addColumn("caller_id_number", "text", (column) => column.notNull())
    .addColumn("context", "text", (column) => column.notNull())
    .addColumn("call_group", "text", (column) => column.notNull())
    .addColumn("toll_allow", "text", (column) => column.notNull())
    .addColumn("enabled", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("ha1", "text", (column) => column.notNull())
    .addColumn("search", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("extensions_key", ["domain", "number"])
    .execute();
  await db.schema
    .createIndex("extensions_order")
    .on("extensions")
    .columns(["domain", "ordinal"])
    .unique()
    .execute();
  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .execute();
};

/** An HA1 kept from an earlier domain cannot be told from others by now: each counts as made for today's. */
const realmOfPasswords: Step = async (db) => {
  await db.schema
    .alterTable("extensions")
    .addColumn("realm", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await db
    .updateTable("extensions")
    .set((eb) => ({ realm: eb.ref("domain") }))
    .execute();
};

const signingKeys: Step = async (db) => {
  await db.schema
    .createTable("signing_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("secret", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
};

/** In order; what was released is never edited, only followed. */
const steps: readonly Step[] = [firstTables, realmOfPasswords, signingKeys];

/**
 * Brings a database to the newest schema, in one transaction: a start that dies on the way leaves it as it was.
 * Throws `store-unusable` for a database that a newer version wrote.
 */
export async function migrate(db: Kysely<Tables>, place: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.schema
      .createTable("settings")
      .ifNotExists()
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
    const version = Number((await readSetting(transaction, "schema")) ?? "0");
    if (!Number.isSafeInteger(version) || version < 0 || version > steps.length) {
      throw new Failure(
        "store-unusable",
        `the database ${place} was written by a newer Patchcord (schema ${version}, this one knows ${steps.length}); start that version, or choose another database (PATCHCORD_DATABASE)`,
      );
    }
    for (const step of steps.slice(version)) await step(transaction);
    if (version < steps.length) await writeSetting(transaction, "schema", String(steps.length));
  });
}

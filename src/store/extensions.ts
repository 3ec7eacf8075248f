import { sql, type ExpressionBuilder, type Insertable, type Kysely, type Selectable } from "kysely";
import type { Extension, ExtensionRepository, ListFilter } from "../core/extensions/index.ts";
import type { Tables } from "./schema.ts";

type Row = Selectable<Tables["extensions"]>;

/** Rows an insert: 14 columns times this stay below every database's limit of parameters. */
const batch = 250;

const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** `%`, `_` and the escape character itself stand for themselves. */
const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);

const rowOf = (extension: Extension, realm = extension.domain): Insertable<Tables["extensions"]> => ({
  domain: extension.domain,
  number: extension.number,
  ordinal: Number(extension.number),
  display_name: extension.displayName,
  caller_id_name: extension.callerIdName,
  caller_id_number: extension.callerIdNumber,
  context: extension.context,
  call_group: extension.callGroup,
  toll_allow: extension.tollAllow,
  enabled: extension.enabled ? 1 : 0,
  kind: extension.kind,
  ha1: extension.ha1,
  realm,
  search: fold(`${extension.number}\n${extension.displayName}`),
});

const extensionOf = (row: Row): Extension => ({
  number: row.number,
  domain: row.domain,
  displayName: row.display_name,
  callerIdName: row.caller_id_name,
  callerIdNumber: row.caller_id_number,
  context: row.context,
  callGroup: row.call_group,
  tollAllow: row.toll_allow,
  enabled: row.enabled !== 0,
  kind: row.kind === "proxy" ? "proxy" : "phone",
  ha1: row.ha1,
});

function listFilter({ domain, query, after }: ListFilter) {
  return (eb: ExpressionBuilder<Tables, "extensions">) =>
    eb.and([
      eb("domain", "=", domain),
      ...(after === undefined ? [] : [eb("ordinal", ">", Number(after))]),
      ...(query === undefined
        ? []
        : [sql<boolean>`search like ${`%${escapeLike(fold(query))}%`} escape '\\'`]),
    ]);
}

/** Of `numbers`, those that the domain has, ordered by number. */
async function existingOf(db: Kysely<Tables>, domain: string, numbers: readonly string[]): Promise<string[]> {
  const found: { number: string; ordinal: number }[] = [];
  for (let at = 0; at < numbers.length; at += batch) {
    found.push(
      ...(await db
        .selectFrom("extensions")
        .select(["number", "ordinal"])
        .where("domain", "=", domain)
        .where("number", "in", numbers.slice(at, at + batch))
        .execute()),
    );
  }
  return found.toSorted((a, b) => a.ordinal - b.ordinal).map(({ number }) => number);
}

async function writeAll(
  db: Kysely<Tables>,
  rows: readonly Insertable<Tables["extensions"]>[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += batch) {
    await db
      .insertInto("extensions")
      .values(rows.slice(at, at + batch))
      .onConflict((conflict) =>
        conflict.columns(["domain", "number"]).doUpdateSet((eb) => ({
          display_name: eb.ref("excluded.display_name"),
          caller_id_name: eb.ref("excluded.caller_id_name"),
          caller_id_number: eb.ref("excluded.caller_id_number"),
          context: eb.ref("excluded.context"),
          call_group: eb.ref("excluded.call_group"),
          toll_allow: eb.ref("excluded.toll_allow"),
          enabled: eb.ref("excluded.enabled"),
          kind: eb.ref("excluded.kind"),
          ha1: eb.ref("excluded.ha1"),
          realm: eb.ref("excluded.realm"),
          search: eb.ref("excluded.search"),
        })),
      )
      .execute();
  }
}

const oneOf = (db: Kysely<Tables>, domain: string, number: string) =>
  db.selectFrom("extensions").selectAll().where("domain", "=", domain).where("number", "=", number);

export function extensionRepository(db: Kysely<Tables>): ExtensionRepository {
  return {
    async get(domain, number) {
      const row = await oneOf(db, domain, number).executeTakeFirst();
      return row && extensionOf(row);
    },
    async list(filter) {
      const rows = await db
        .selectFrom("extensions")
        .selectAll()
        .where(listFilter(filter))
        .orderBy("ordinal")
        .limit(filter.limit)
        .execute();
      return rows.map(extensionOf);
    },
    async group(domain, group) {
      const rows = await db
        .selectFrom("extensions")
        .selectAll()
        .where("domain", "=", domain)
        .where("call_group", "!=", "")
        .orderBy("ordinal")
        .execute();
      return rows.filter((row) => row.call_group.split(",").includes(group)).map(extensionOf);
    },
    put(extensions, onExisting = "replace") {
      return db.transaction().execute(async (transaction) => {
        const existing = await existingOf(
          transaction,
          extensions[0]?.domain ?? "",
          extensions.map(({ number }) => number),
        );
        if (onExisting === "fail" && existing.length > 0) return { done: false, existing };
        const left = new Set(onExisting === "skip" ? existing : []);
        await writeAll(
          transaction,
          extensions.filter(({ number }) => !left.has(number)).map((extension) => rowOf(extension)),
        );
        return { done: true, existing };
      });
    },
    async insert(extension) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("extensions")
        .values(rowOf(extension))
        .onConflict((conflict) => conflict.columns(["domain", "number"]).doNothing())
        .executeTakeFirstOrThrow();
      return (numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    update(domain, number, change) {
      return db.transaction().execute(async (transaction) => {
        const row = await oneOf(transaction, domain, number).executeTakeFirst();
        if (!row) return undefined;
        const changed = { ...change(extensionOf(row)), domain, number };
        // The same HA1 is the same password: of another domain it stays, as that is a part of it.
        await writeAll(transaction, [rowOf(changed, changed.ha1 === row.ha1 ? row.realm : domain)]);
        return changed;
      });
    },
    async remove(domain, number) {
      const { numDeletedRows } = await db
        .deleteFrom("extensions")
        .where("domain", "=", domain)
        .where("number", "=", number)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async count(domain) {
      const { count } = await db
        .selectFrom("extensions")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("domain", "=", domain)
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

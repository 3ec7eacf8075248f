import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";
import { readSetting, writeSetting } from "./settings.ts";

/** That the configuration names another SIP domain than the last start did. */
export interface DomainChange {
  readonly from: string;
  readonly to: string;
  /** How many extensions moved along: until each gets a new password, or the old domain returns, none can register. */
  readonly extensions: number;
}

/**
 * Remembers the SIP domain, and moves the extensions of the one remembered before to it. Their HA1 is kept:
 * it is worthless under the new realm, and good again should the old one return. Null if nothing changed.
 */
export function adoptDomain(db: Kysely<Tables>, domain: string): Promise<DomainChange | null> {
  return db.transaction().execute(async (transaction) => {
    const before = await readSetting(transaction, "domain");
    if (before === domain) return null;
    await writeSetting(transaction, "domain", domain);
    if (before === undefined) return null;
    const { numUpdatedRows } = await transaction
      .updateTable("extensions")
      .set({ domain })
      .where("domain", "=", before)
      .executeTakeFirstOrThrow();
    return { from: before, to: domain, extensions: Number(numUpdatedRows) };
  });
}

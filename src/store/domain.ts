import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";
import { readSetting, writeSetting } from "./settings.ts";

/** Passwords that no phone can register with, as they were set under another SIP domain than today's. */
export interface VoidPasswords {
  /** The domain they were set under, and are good again under. */
  readonly domain: string;
  /** Of how many extensions. */
  readonly extensions: number;
}

/**
 * Remembers the SIP domain, and moves the extensions of the one remembered before to it. Their HA1 is kept: it is
 * worthless under the new realm, and good again should the old one return. Answers, ordered by domain, what is
 * void under this one; the account that is served with a secret of ours, whatever is stored, has no part in it.
 */
export function adoptDomain(
  db: Kysely<Tables>,
  domain: string,
  proxyAccount: string,
): Promise<readonly VoidPasswords[]> {
  return db.transaction().execute(async (transaction) => {
    const before = await readSetting(transaction, "domain");
    if (before !== domain) await writeSetting(transaction, "domain", domain);
    if (before !== undefined && before !== domain) {
      await transaction.updateTable("extensions").set({ domain }).where("domain", "=", before).execute();
    }
    return transaction
      .selectFrom("extensions")
      .select((eb) => ["realm as domain", eb.fn.countAll<number>().as("extensions")])
      .where("domain", "=", domain)
      .where("realm", "!=", domain)
      .where("number", "!=", proxyAccount)
      .groupBy("realm")
      .orderBy("realm")
      .execute();
  });
}

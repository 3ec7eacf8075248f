import { chmodSync, closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { Failure, makeDirectory, reasonOf } from "../base/index.ts";
import type { SigningKeyRepository, TokenRepository } from "../core/access/index.ts";
import type { ExtensionRepository } from "../core/extensions/index.ts";
import { adoptDomain, type VoidPasswords } from "./domain.ts";
import { extensionRepository } from "./extensions.ts";
import { migrate } from "./migrations.ts";
import { sqliteDialect } from "./node-sqlite.ts";
import type { Tables } from "./schema.ts";
import { signingKeyRepository } from "./signing-keys.ts";
import { tokenRepository } from "./tokens.ts";

/** Every table behind core's ports. */
export interface Store {
  readonly extensions: ExtensionRepository;
  readonly tokens: TokenRepository;
  readonly signingKeys: SigningKeyRepository;
  /** To be called once at a start, before anything reads extensions. Answers whose passwords are void under this domain. */
  adoptDomain(domain: string, proxyAccount: string): Promise<readonly VoidPasswords[]>;
  /** Rejects if the database cannot be read. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds to wait for another process's write; the whole process waits, so it is less than the 3 s that a switch waits for an answer. */
const busyTimeout = 2000;

/** SQLite gives its -wal and -shm files the mode of the database file. */
function makePrivate(path: string): void {
  makeDirectory(dirname(path));
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

function openDatabase(path: string): DatabaseSync {
  if (path !== ":memory:") makePrivate(path);
  const database = new DatabaseSync(path, { timeout: busyTimeout, enableForeignKeyConstraints: true });
  try {
    const damage = database.prepare("pragma quick_check(1)").get()?.["quick_check"];
    if (damage !== "ok") throw new Error(`it is damaged: ${String(damage)}`);
    database.exec("pragma journal_mode = wal");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function openMigrated(path: string): Promise<Kysely<Tables>> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(openDatabase(path)) });
  try {
    await migrate(db, path);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/**
 * Opens the embedded database, made if there is none; `:memory:` lasts as long as the process. Rejects with
 * `store-unusable` if it is damaged, of a newer version, not a database of ours or not writable.
 */
export async function openStore({ path }: { path: string }): Promise<Store> {
  let db: Kysely<Tables>;
  try {
    db = await openMigrated(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      "store-unusable",
      `the database ${path} cannot be used: ${reasonOf(error)}; restore it from a backup, or choose another one (PATCHCORD_DATABASE)`,
      {},
      { cause: error },
    );
  }
  return {
    extensions: extensionRepository(db),
    tokens: tokenRepository(db),
    signingKeys: signingKeyRepository(db),
    adoptDomain: (domain, proxyAccount) => adoptDomain(db, domain, proxyAccount),
    check: async () => {
      await db.selectFrom("settings").select("name").limit(1).execute();
    },
    close: () => db.destroy(),
  };
}

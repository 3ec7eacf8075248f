import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../../../src/store/index.ts";
import { storeContract } from "./contract.ts";
import { extension } from "./extension.ts";

/** As version 0.1.0 wrote it. */
const firstSchema = `
create table settings (name text primary key, value text not null);
create table extensions (domain text not null, number text not null, ordinal bigint not null,
  display_name text not null, caller_id_name text not null, caller_id_number text not null, context text not null,
  call_group text not null, toll_allow text not null, enabled integer not null, kind text not null,
  ha1 text not null, search text not null, constraint extensions_key primary key (domain, number));
create unique index extensions_order on extensions (domain, ordinal);
create table tokens (id text primary key, name text not null, scopes text not null, hash text not null unique,
  created_at bigint not null, expires_at bigint);`;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patchcord-store-"));
  path = join(folder, "deep", "patchcord.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

storeContract("SQLite in memory", () => openStore({ path: ":memory:" }));
storeContract("SQLite in a file", () => openStore({ path }));

const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe("the database file", () => {
  test("is nobody else's to read, its companions included", async () => {
    const store = await openStore({ path });
    await store.extensions.put([extension("1001")]);
    const files = readdirSync(join(folder, "deep"));
    expect(files.toSorted()).toEqual(["patchcord.db", "patchcord.db-shm", "patchcord.db-wal"]);
    for (const file of files) expect(modeOf(join(folder, "deep", file))).toBe(0o600);
    expect(modeOf(join(folder, "deep"))).toBe(0o700);
    await store.close();
  });

  test("of an earlier start is tightened, and holds what was written", async () => {
    const first = await openStore({ path });
    await first.adoptDomain("a.test", "1000");
    await first.extensions.put([extension("1001")]);
    await first.close();
    const second = await openStore({ path });
    expect(modeOf(path)).toBe(0o600);
    expect(await second.extensions.get("a.test", "1001")).toEqual(extension("1001"));
    expect(await second.adoptDomain("a.test", "1000")).toEqual([]);
    await second.close();
  });

  test("may be opened twice; each sees what the other wrote", async () => {
    const one = await openStore({ path });
    const two = await openStore({ path });
    await one.extensions.put([extension("1001")]);
    await two.extensions.put([extension("1002")]);
    expect(await one.extensions.count("a.test")).toBe(2);
    expect(await two.extensions.count("a.test")).toBe(2);
    await one.close();
    await two.close();
  });
});

test("a database of the first schema is brought up to date, once, with all it held", async () => {
  path = join(folder, "patchcord.db");
  const raw = new DatabaseSync(path);
  raw.exec(firstSchema);
  raw.exec(`insert into extensions values
    ('a.test', '1001', 1001, '1001', '', '', 'default', '', '', 1, 'phone', '${"0".repeat(32)}', '1001')`);
  raw.exec("insert into settings values ('schema', '1'), ('domain', 'a.test')");
  raw.close();
  for (let start = 1; start <= 2; start += 1) {
    const store = await openStore({ path });
    expect(await store.extensions.list({ domain: "a.test", limit: 9 })).toEqual([extension("1001")]);
    expect(await store.adoptDomain("a.test", "1000")).toEqual([]);
    expect(await store.signingKeys.list()).toHaveLength(start - 1);
    if (start === 1) await store.signingKeys.replace({ id: "k", secret: "s", createdAt: 1 }, null);
    await store.close();
  }
  const store = await openStore({ path });
  expect(await store.adoptDomain("b.test", "1000")).toEqual([{ domain: "a.test", extensions: 1 }]);
  await store.close();
});

const unusable = (words: string): unknown =>
  expect.objectContaining({
    code: "store-unusable",
    detail: expect.stringMatching(new RegExp(`${words}[^]*PATCHCORD_DATABASE`)),
  });

/** Of a database of 2,000 extensions: its size, and where its first page of them lies. */
async function filled(): Promise<{ size: number; page: number; pageSize: number }> {
  const store = await openStore({ path });
  await store.extensions.put(Array.from({ length: 2000 }, (_, n) => extension(String(1000 + n))));
  await store.close();
  const raw = new DatabaseSync(path);
  const root = raw.prepare("select rootpage from sqlite_schema where name = 'extensions'").get();
  const pageSize = Number(raw.prepare("pragma page_size").get()?.["page_size"]);
  raw.close();
  return { size: statSync(path).size, page: Number(root?.["rootpage"]), pageSize };
}

function overwrite(position: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, new Uint8Array(length).fill(0xaa), 0, length, position);
  closeSync(file);
}

describe("a start is refused, saying what to do, with", () => {
  test("a database of a newer version", async () => {
    await (await openStore({ path })).close();
    const raw = new DatabaseSync(path);
    raw.exec("update settings set value = '999' where name = 'schema'");
    raw.close();
    await expect(openStore({ path })).rejects.toEqual(unusable("newer Patchcord"));
  });

  test("a file that is no database", async () => {
    path = join(folder, "patchcord.db");
    writeFileSync(path, "this is not a database, but it is long enough to be looked at ".repeat(50));
    await expect(openStore({ path })).rejects.toEqual(unusable("not a database"));
  });

  test("an overwritten head", async () => {
    await filled();
    overwrite(0, 8192);
    await expect(openStore({ path })).rejects.toEqual(unusable("cannot be used"));
  });

  test("an overwritten page of extensions", async () => {
    const { page, pageSize } = await filled();
    overwrite((page - 1) * pageSize, pageSize);
    await expect(openStore({ path })).rejects.toEqual(unusable("cannot be used"));
  });

  test("half of it missing", async () => {
    const { size } = await filled();
    truncateSync(path, Math.floor(size / 2));
    await expect(openStore({ path })).rejects.toEqual(unusable("cannot be used"));
  });

  test("another program's database", async () => {
    path = join(folder, "other.db");
    const raw = new DatabaseSync(path);
    raw.exec("create table settings (key text, content blob)");
    raw.close();
    await expect(openStore({ path })).rejects.toEqual(unusable("cannot be used"));
  });

  test("a directory in its place", async () => {
    mkdirSync(path, { recursive: true });
    await expect(openStore({ path })).rejects.toEqual(unusable("cannot be used"));
  });
});

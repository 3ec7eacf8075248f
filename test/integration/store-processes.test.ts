import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { extension } from "../unit/store/extension.ts";
import { run } from "./processes/run.ts";

/** Exactly what a start generates. */
const secretsOf = ({
  adminToken,
  xmlCurl,
  proxySecret,
  eventSocketPassword,
}: Record<string, unknown>): string =>
  JSON.stringify({ adminToken, xmlCurl, proxySecret, eventSocketPassword });

const domain = "a.test";
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patchcord-processes-"));
  path = join(folder, "patchcord.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("SIGKILL in the middle of a bulk", () => {
  test.each([1, 800, 1599])("while row %i is made leaves nothing of it", async (row) => {
    const { signal, stdout } = await run("killed-in-bulk.ts", path, String(row));
    expect({ signal, stdout }).toEqual({ signal: "SIGKILL", stdout: "" });
    expect(statSync(path).size).toBeGreaterThan(0);
    const store = await openStore({ path });
    expect(await store.extensions.count(domain)).toBe(0);
    await store.extensions.put([extension("1001")]);
    await store.close();
  });

  test("leaves what was there before as it was", async () => {
    const before = Array.from({ length: 1000 }, (_, n) =>
      extension(String(1000 + n), { displayName: "before" }),
    );
    const first = await openStore({ path });
    await first.extensions.put(before);
    await first.close();
    expect(await run("killed-in-bulk.ts", path, "900")).toMatchObject({ signal: "SIGKILL" });
    const second = await openStore({ path });
    expect(await second.extensions.list({ domain, limit: 2000 })).toEqual(before);
    await second.close();
  });

  test("is what the two above show: not killed, it writes all", async () => {
    expect(await run("killed-in-bulk.ts", path, "none")).toMatchObject({ code: 0, stdout: "written\n" });
    const store = await openStore({ path });
    expect(await store.extensions.count(domain)).toBe(1600);
    await store.close();
  });
});

test("processes that make and write one database at once all succeed", async () => {
  const ended = await Promise.all(["1000", "2000", "3000"].map((first) => run("writer.ts", path, first)));
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    Array.from({ length: 3 }, () => ({ code: 0, stderr: "" })),
  );
  const store = await openStore({ path });
  expect(await store.extensions.count(domain)).toBe(600);
  await store.close();
});

test("of several first starts at once, one generates each secret and all use it", async () => {
  const ended = await Promise.all(Array.from({ length: 4 }, () => run("load-config.ts", folder)));
  expect(ended.map(({ stderr }) => stderr)).toEqual(["", "", "", ""]);
  const configs = ended.map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
  expect(new Set(configs.map(secretsOf)).size).toBe(1);
  expect(configs.filter((config) => config["adminTokenIsNew"] === true)).toHaveLength(1);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockDirectory } from "../../src/store/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "patchcord-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inUse = (holder: string): unknown =>
  expect.objectContaining({
    code: "data-in-use",
    detail: `the data directory ${folder} is in use by ${holder}: stop it, or choose another directory (PATCHCORD_DATA)`,
  });

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the lock on a data directory", () => {
  test("is one process's, which a second learns the id of, and ends with it even by SIGKILL", async () => {
    const script = join(import.meta.dirname, "processes", "lock-holder.ts");
    const holder = spawn(process.execPath, [script, folder], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(holder, "exit");
    try {
      await once(holder.stdout, "data");
      const refusal = thrownBy(() => lockDirectory(folder));
      expect(refusal).toEqual(inUse(`process ${holder.pid}`));
      // The refused one took nothing away from the holder.
      expect(thrownBy(() => lockDirectory(folder))).toEqual(inUse(`process ${holder.pid}`));
    } finally {
      holder.kill("SIGKILL");
      await ended;
    }
    expect(readFileSync(join(folder, "server.pid"), "utf8")).toBe(`${holder.pid}\n`);
    const next = lockDirectory(folder);
    expect(readFileSync(join(folder, "server.pid"), "utf8")).toBe(`${process.pid}\n`);
    next.release();
  });

  test("can be had again once it is released, which leaves no process id behind", () => {
    const first = lockDirectory(folder);
    expect(thrownBy(() => lockDirectory(folder))).toEqual(inUse(`process ${process.pid}`));
    first.release();
    expect(existsSync(join(folder, "server.pid"))).toBe(false);
    lockDirectory(folder).release();
    expect(statSync(join(folder, "server.lock")).size).toBe(0);
  });

  test.each(["", "-1\n", "1; rm -rf /", "\u001b[2J"])("names no process where its file says %j", (text) => {
    const lock = lockDirectory(folder);
    writeFileSync(join(folder, "server.pid"), text);
    expect(thrownBy(() => lockDirectory(folder))).toEqual(inUse("another process"));
    lock.release();
  });

  test("is refused in words where it cannot be: the directory is a file", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(thrownBy(() => lockDirectory(file))).toEqual(
      expect.objectContaining({
        code: "store-unusable",
        detail: expect.stringContaining(`${file} is not a directory`),
      }),
    );
  });
});

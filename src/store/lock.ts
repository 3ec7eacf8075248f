import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Failure, makeDirectory, reasonOf } from "../base/index.ts";

/** SQLITE_BUSY: another process holds the lock. */
const busy = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === busy;

/** Who said last that it holds the lock; only ever words in a message. */
function holderOf(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, "utf8").trim();
    return /^[0-9]{1,10}$/.test(pid) ? `process ${pid}` : "another process";
  } catch {
    return "another process";
  }
}

function hold(lockFile: string): DatabaseSync {
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Makes the data directory this process's alone until `release`, or until the process ends, however it does: the
 * lock is the operating system's, on a file that SQLite, the only way Node has to it, opens and never writes.
 * Throws `data-in-use` if another process has it, `store-unusable` if none can.
 */
export function lockDirectory(directory: string): { release(): void } {
  const pidFile = join(directory, "server.pid");
  try {
    makeDirectory(directory);
    const lock = hold(join(directory, "server.lock"));
    try {
      writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    } catch (error) {
      lock.close();
      throw error;
    }
    return {
      release() {
        // While it is ours: afterwards it may be the next one's.
        rmSync(pidFile, { force: true });
        lock.close();
      },
    };
  } catch (error) {
    if (isBusy(error)) {
      throw new Failure(
        "data-in-use",
        `the data directory ${directory} is in use by ${holderOf(pidFile)}: stop it, or choose another directory (PATCHCORD_DATA)`,
      );
    }
    throw new Failure(
      "store-unusable",
      `the data directory ${directory} cannot be locked: ${reasonOf(error)}; choose another one (PATCHCORD_DATA)`,
      {},
      { cause: error },
    );
  }
}

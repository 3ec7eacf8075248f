import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../live/harness/ports.ts";

const main = join(import.meta.dirname, "../../../src/main.ts");

let home: string;
let port: number;
let sip: number;
const children: ChildProcess[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "patchcord-process-"));
  port = await freePort();
  sip = await freePort();
});
afterEach(async () => {
  const alive = children
    .splice(0)
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(alive.map((child) => (child.kill("SIGKILL"), once(child, "exit"))));
  rmSync(home, { recursive: true });
});

/** `patchcord WORDS` as a process of its own, in an empty directory. */
function patchcord(
  words: string,
  env: Readonly<Record<string, string>> = {},
): {
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
} {
  const child = spawn(process.execPath, [main, ...words.split(" ")], {
    cwd: home,
    env: {
      PATH: process.env["PATH"],
      PATCHCORD_HTTP: `127.0.0.1:${port}`,
      PATCHCORD_SIP: `127.0.0.1:${sip}`,
      PATCHCORD_LOG: "warn",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exited = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  return { child, exited, output: () => Buffer.concat(chunks).toString("utf8") };
}

async function done(
  words: string,
  env?: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const { exited, output } = patchcord(words, env);
  return { code: await exited, output: output() };
}

test("a server, found by its data directory, is asked, and ends by a signal", async () => {
  const server = patchcord("serve");
  await expect.poll(server.output, { timeout: 15_000 }).toContain(`Patchcord is at http://127.0.0.1:${port}`);

  expect(await done("extensions add 1001-1002 --json")).toMatchObject({ code: 0 });
  expect((await done("extensions list")).output).toMatch(/^1002 +1002 +default/m);
  const refused = await done("extensions add 1001");
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^patchcord: [^\n]*\(extension-exists\)\n$/),
  });

  const pid = String(server.child.pid);
  const second = await done("serve");
  expect(second).toEqual({
    code: 1,
    output: expect.stringMatching(
      new RegExp(
        `^patchcord: data-in-use: the data directory ${home}/data is in use by process ${pid}: stop it[^\\n]*\\n$`,
      ),
    ),
  });
  expect((await done("conf fs")).code).toBe(0);

  const elsewhere = { PATCHCORD_DATA: "other", PATCHCORD_ADMIN_TOKEN: "0123456789abcdef" };
  const third = await done("serve", elsewhere);
  expect(third.code).toBe(1);
  expect(third.output).toMatch(
    new RegExp(
      `^Made the data directory ${home}/other\\npatchcord: [^\\n]*PATCHCORD_HTTP \\(http\\) 127\\.0\\.0\\.1:${port}: the port is taken[^\\n]*\\n$`,
    ),
  );

  server.child.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(await done("calls")).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^patchcord: [^\n]*cannot be reached[^\n]*\n$/),
  });
}, 60_000);

/** What a start says until it serves; it is killed then, with no time to tidy up. */
async function startAndKill(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { child, exited, output } = patchcord("serve", env);
  await expect.poll(output, { timeout: 15_000 }).toContain("Patchcord is at");
  child.kill("SIGKILL");
  await exited;
  return output();
}

test("a start on every address names the one that works here, and says what browsers elsewhere lack", async () => {
  const everywhere = { PATCHCORD_HTTP: `0.0.0.0:${port}` };
  const said = await startAndKill(everywhere);
  expect(said).toContain(
    `Patchcord is at http://127.0.0.1:${port} (web phone: http://127.0.0.1:${port}/phone`,
  );
  expect(said).toMatch(/told that the sound is at 127\.0\.0\.1\. Set PATCHCORD_PUBLIC_IP/);

  expect(await startAndKill({ ...everywhere, PATCHCORD_PUBLIC_IP: "192.0.2.10" })).not.toContain(
    "the sound is",
  );
  expect(await startAndKill()).not.toContain("the sound is");
}, 60_000);

test("a start says once where its data directory is made, and is not in the way of a killed one's", async () => {
  const made = `Made the data directory ${home}/data\n`;
  expect(await startAndKill()).toContain(made);
  expect(await startAndKill()).not.toContain("Made the data directory");
}, 60_000);

test("every start under another domain warns of the passwords that it voids; the first domain's does not", async () => {
  const first = patchcord("serve");
  await expect.poll(first.output, { timeout: 15_000 }).toContain("Patchcord is at");
  expect((await done("extensions add 1001-1002")).code).toBe(0);
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);

  const other = { PATCHCORD_DOMAIN: "other.local" };
  const warning =
    "2 extensions have passwords set under the SIP domain patchcord.local, void under other.local: give each a new password, or set PATCHCORD_DOMAIN back to patchcord.local";
  expect(await startAndKill(other)).toContain(warning);
  expect(await startAndKill(other)).toContain(warning);
  expect(await startAndKill()).not.toContain("void");
}, 60_000);

test("wrong usage is 2", async () => {
  expect(await done("explode")).toMatchObject({
    code: 2,
    output: expect.stringContaining("unknown command"),
  });
});

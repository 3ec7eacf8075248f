import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = join(import.meta.dirname, "../../../src/main.ts");

let home: string;
let port: number;
const children: ChildProcess[] = [];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "patchcord-process-"));
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
  probe.close();
  await once(probe, "close");
});
afterEach(async () => {
  const alive = children
    .splice(0)
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(alive.map((child) => (child.kill("SIGKILL"), once(child, "exit"))));
  rmSync(home, { recursive: true });
});

/** `patchcord WORDS` as a process of its own, in an empty directory. */
function patchcord(words: string): {
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
} {
  const child = spawn(process.execPath, [main, ...words.split(" ")], {
    cwd: home,
    env: { PATH: process.env["PATH"], PATCHCORD_HTTP: `127.0.0.1:${port}`, PATCHCORD_LOG: "warn" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exited = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  return { child, exited, output: () => Buffer.concat(chunks).toString("utf8") };
}

async function done(words: string): Promise<{ code: number | null; output: string }> {
  const { exited, output } = patchcord(words);
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

  const second = await done("serve");
  expect(second.code).toBe(1);
  expect(second.output).toMatch(
    new RegExp(
      `^patchcord: [^\\n]*PATCHCORD_HTTP \\(http\\) 127\\.0\\.0\\.1:${port}: the port is taken[^\\n]*\\n$`,
    ),
  );

  server.child.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(await done("calls")).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^patchcord: [^\n]*cannot be reached[^\n]*\n$/),
  });
}, 60_000);

test("wrong usage is 2", async () => {
  expect(await done("explode")).toMatchObject({
    code: 2,
    output: expect.stringContaining("unknown command"),
  });
});

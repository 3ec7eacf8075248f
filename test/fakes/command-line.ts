import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { run, type CliOptions } from "../../src/client/cli/index.ts";
import { adminToken } from "./http.ts";
import { restWorld } from "./rest.ts";

/** What the command line of a test asks: a world and an empty data directory of its own for each test. */
export interface Scene {
  world: Awaited<ReturnType<typeof restWorld>>;
  home: string;
}

/** Call it once in a test file; the environment leads to the scene's server. */
export function sceneOfTest(): () => Scene {
  let scene: Scene | undefined;
  beforeEach(async () => {
    scene = { world: await restWorld(), home: mkdtempSync(join(tmpdir(), "patchcord-cli-")) };
    vi.stubEnv("PATCHCORD_URL", scene.world.http.url);
    vi.stubEnv("PATCHCORD_TOKEN", adminToken);
    vi.stubEnv("PATCHCORD_DATA", scene.home);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    if (scene === undefined) return;
    rmSync(scene.home, { recursive: true });
    await scene.world[Symbol.asyncDispose]();
  });
  return () => {
    if (scene === undefined) throw new Error("there is no scene outside a test");
    return scene;
  };
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `patchcord WORDS` in this process; a word that holds blanks stands in double quotes. */
export async function patchcord(words: string, options: Partial<CliOptions> = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(words.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [], {
    serve: async () => 0,
    conf: async ({ directory }) => ({ directory, files: ["freeswitch.xml"], next: ["start it with -conf"] }),
    version: "1.2.3",
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    ...options,
  });
  return { code, out: out.join(""), err: err.join("") };
}

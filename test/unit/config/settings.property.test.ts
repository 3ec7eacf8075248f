import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { ConfigError, loadConfig } from "../../../src/config/index.ts";
import { keyByName, laterKeys, variableOf } from "../../../src/config/keys.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "patchcord-property-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** What comes of it: a configuration, one line for the operator, or a fault of ours. */
function outcome(env: Record<string, string>, file: string): string {
  writeFileSync(join(cwd, "patchcord.yaml"), file);
  try {
    // A random path must not be written to.
    const { data } = loadConfig({ env: { ...env, PATCHCORD_DATA: "data" }, cwd });
    return data === join(cwd, "data") ? "configuration" : `data in ${data}`;
  } catch (error) {
    if (!(error instanceof ConfigError)) return `fault: ${String(error)}`;
    return /[\n\r]/.test(error.message) ? "several lines" : "one line";
  }
}
const allowed = ["configuration", "one line"];

const names = [...keyByName.keys(), ...laterKeys, "sofia", "adminTokenFile", "__proto__"];
/** Texts near what is allowed. */
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.stringMatching(/^[0-9.:\-/,@esl[\]]{0,30}$/),
  fc.stringMatching(/^esl:\/\/:[a-z%0-9]{0,6}@[a-z.[\]:]{0,8}(:[0-9]{0,6})?$/),
  fc.constantFrom(
    "",
    "practice",
    "sqlite:",
    "sqlite::memory:",
    "postgres://a:b@c",
    "::1/128",
    "[::]:0",
    "1000",
    "~",
  ),
);

test("any environment", () => {
  const variable = fc.oneof(
    fc.constantFrom(...names.map(variableOf)),
    fc.string({ maxLength: 10 }).map((name) => `PATCHCORD_${name}`),
  );
  fc.assert(
    fc.property(fc.dictionary(variable, value, { maxKeys: 4 }), (env) => {
      expect(allowed).toContain(outcome(env, ""));
    }),
    { numRuns: 400 },
  );
});

test("any text as the file", () => {
  const yaml = fc.stringMatching(/^[a-zA-Z:\-{}[\]&*!|>'"#%@` \n~?,0-9]{0,80}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), yaml), (text) => {
      expect(allowed).toContain(outcome({}, text));
    }),
    { numRuns: 600 },
  );
});

test("any structure as the file", () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      value,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("internal", "user-agent-string", "x y"), tie("tree"), { maxKeys: 3 }),
    ),
  }));
  const name = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 10 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, tree), { maxLength: 3 }), (entries) => {
      expect(allowed).toContain(outcome({}, stringify(new Map(entries))));
    }),
    { numRuns: 600 },
  );
});

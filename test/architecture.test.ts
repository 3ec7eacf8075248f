import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "vitest";
import { check, roomOf, type Tree } from "./architecture/check.ts";
import { mayImport } from "./architecture/rules.ts";

const src = join(import.meta.dirname, "..", "src");
const paths = globSync("**/*.{ts,tsx,mts,js,mjs}", { cwd: src }).map((path) => path.split(sep).join("/"));
const tree: Tree = new Map(paths.map((path) => [path, readFileSync(join(src, path), "utf8")]));

describe("the architecture of design.md", () => {
  const report = check(tree);

  test("holds in every file", () => {
    expect(report.violations).toEqual([]);
  });

  test("was looked for in every file", () => {
    console.log(`architecture: ${report.files} files, ${report.imports} imports visited`);
    expect(report.files).toBe(paths.length);
    expect(report.files).toBeGreaterThan(50);
    expect(report.imports).toBeGreaterThan(report.files);
  });
});

describe("a planted violation is found:", () => {
  const planted: [name: string, files: Record<string, string>, words: string][] = [
    [
      "a forbidden import",
      { "core/calls/a.ts": 'import { x } from "../../store/index.ts";', "store/index.ts": "" },
      "core/calls must not import store",
    ],
    [
      "import type",
      { "base/a.ts": 'import type { X } from "../config/index.ts";', "config/index.ts": "" },
      "base must not import config",
    ],
    [
      "inline type import",
      { "base/a.ts": 'import { type X } from "../config/index.ts";', "config/index.ts": "" },
      "base must not import config",
    ],
    [
      "a type query",
      { "base/a.ts": 'export type A = import("../config/index.ts").X;', "config/index.ts": "" },
      "base must not import config",
    ],
    [
      "export from",
      { "base/a.ts": 'export * from "../config/index.ts";', "config/index.ts": "" },
      "base must not import config",
    ],
    [
      "a dynamic import",
      { "base/a.ts": 'await import("../config/index.ts");', "config/index.ts": "" },
      "base must not import config",
    ],
    [
      "a protocol that imports another",
      { "protocol/sip/a.ts": 'import "../sdp/index.ts";', "protocol/sdp/index.ts": "" },
      "protocol/sip must not import protocol/sdp",
    ],
    [
      "an edge that imports its neighbour",
      { "edge/rest/a.ts": 'import "../xmlcurl/index.ts";', "edge/xmlcurl/index.ts": "" },
      "edge/rest must not import edge/xmlcurl",
    ],
    [
      "a reach past an index",
      { "switch/a.ts": 'import "../base/clock.ts";', "base/clock.ts": "" },
      "reaches past the index of base",
    ],
    [
      "a value out of contract in the sdk",
      { "client/sdk/a.ts": 'import { S } from "../../contract/index.ts";', "contract/index.ts": "" },
      "may import only types of contract",
    ],
    [
      "a cycle of types",
      { "base/a.ts": 'import type { B } from "./b.ts";', "base/b.ts": 'import type { A } from "./a.ts";' },
      "cycle: base/a.ts → base/b.ts → base/a.ts",
    ],
    [
      "a fenced library",
      { "switch/a.ts": 'import { create } from "xmlbuilder2";' },
      "xmlbuilder2 is fenced into protocol/fsxml",
    ],
    [
      "a fenced library's plugin",
      { "core/calls/a.ts": 'import type { X } from "@fastify/websocket";' },
      "@fastify/websocket is fenced into edge",
    ],
    [
      "sockets in core",
      { "core/calls/a.ts": 'import net from "node:net";' },
      "core must not import node:net",
    ],
    [
      "randomness in core",
      { "core/calls/a.ts": 'import { randomUUID } from "node:crypto";' },
      "core must not make randomness",
    ],
    [
      "a clock in core",
      { "core/calls/a.ts": "export const t = Date.now();" },
      "Date.now belongs in base, client",
    ],
    [
      "a timer in core",
      { "core/calls/a.ts": "setTimeout(() => {}, 1);" },
      "setTimeout belongs in base, client",
    ],
    [
      "today's date outside base",
      { "edge/rest/a.ts": "export const now = new Date();" },
      "new Date() belongs in base, client",
    ],
    [
      "timers by import",
      { "gateway/a.ts": 'import { setTimeout } from "node:timers/promises";' },
      "node:timers/promises is fenced into base",
    ],
    [
      "sockets outside the lane",
      { "gateway/media/a.ts": 'import { createSocket } from "node:dgram";' },
      "node:dgram is fenced into protocol/sip, gateway/media/lane",
    ],
    [
      "media that knows calls",
      { "gateway/media/a.ts": 'import "../../core/calls/index.ts";', "core/calls/index.ts": "" },
      "gateway/media must not import core/calls",
    ],
    [
      "more of werift than its handshake",
      { "gateway/media/a.ts": 'import { RTCPeerConnection } from "werift";' },
      "werift is fenced into gateway/media/dtls",
    ],
    [
      "a library in the sdk",
      { "client/sdk/rtc/a.ts": 'import { x } from "ulid-like";' },
      "imports no library, as ulid-like",
    ],
    [
      "the environment outside config",
      { "switch/a.ts": 'export const x = process.env["X"];' },
      "process.env belongs in config",
    ],
    ["an exit outside main", { "switch/a.ts": "process.exit(1);" }, "process.exit belongs in main.ts"],
    ["node in contract", { "contract/a.ts": 'import "node:fs";' }, "contract must run in a browser"],
    ["a room that is not in the plan", { "utils/a.ts": "" }, "lies in no room"],
    ["an import of nothing", { "base/a.ts": 'import "./gone.ts";' }, "which does not exist"],
    ["a file of 401 lines", { "base/a.ts": "\n".repeat(401) }, "401 lines"],
  ];
  test.each(planted)("%s", (_name, files, words) => {
    const { violations } = check(new Map(Object.entries(files)), []);
    expect(violations.join("\n")).toContain(words);
  });

  test("a file that nothing imports", () => {
    const files = new Map([
      ["main.ts", ""],
      ["base/a.ts", ""],
    ]);
    expect(check(files).violations).toEqual(["base/a.ts: nothing imports it"]);
  });

  test("and clean files are not", () => {
    const files = new Map([
      ["main.ts", 'import { a } from "./base/index.ts";\nimport { createHash } from "node:crypto";'],
      ["base/index.ts", 'export { a } from "./a.ts";'],
      ["base/a.ts", "export const a = 1;"],
    ]);
    expect(check(files)).toEqual({ violations: [], files: 3, imports: 3 });
  });
});

test("every room of the plan is distinct", () => {
  for (const room of Object.keys(mayImport)) expect(roomOf(room)).toBe(room);
});

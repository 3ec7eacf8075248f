import { posix } from "node:path";
import {
  bare,
  entryPoints,
  fences,
  forbiddenInCore,
  globalFences,
  mayImport,
  randomImports,
  typesOnly,
} from "./rules.ts";
import { factsOf, type Import } from "./source.ts";

/** Paths below src/, with forward slashes, → text. */
export type Tree = ReadonlyMap<string, string>;

export interface Report {
  readonly violations: readonly string[];
  readonly files: number;
  readonly imports: number;
}

const rooms = Object.keys(mayImport).toSorted((a, b) => b.length - a.length);

export const roomOf = (path: string): string | undefined =>
  rooms.find((room) => path === room || path.startsWith(`${room}/`));

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const allows = (room: string, target: string): boolean =>
  (mayImport[room] ?? []).some(
    (one) => one === target || (one.endsWith("/*") && within(target, one.slice(0, -2))),
  );

const fenceOf = (specifier: string): readonly string[] | undefined => {
  const name = Object.keys(fences).find((one) =>
    one.endsWith("/") ? specifier.startsWith(one) : specifier === one || specifier.startsWith(`${one}/`),
  );
  return name === undefined ? undefined : fences[name];
};

function checkLibrary(path: string, found: Import): string[] {
  const { specifier } = found;
  const bad: string[] = [];
  const fence = fenceOf(specifier);
  if (fence && !fence.some((room) => within(path, room)))
    bad.push(`${path}: ${specifier} is fenced into ${fence.join(", ") || "test"}`);
  if (within(path, "core") && forbiddenInCore.includes(specifier))
    bad.push(`${path}: core must not import ${specifier}`);
  if (within(path, "core") && specifier === "node:crypto") {
    const random = found.names.filter((name) => randomImports.includes(name) || name === "*");
    if (random.length > 0)
      bad.push(`${path}: core must not make randomness of its own (${random.join(", ")})`);
  }
  if (bare.some((room) => within(path, room)))
    bad.push(`${path}: runs as it is in a browser, and imports no library, as ${specifier}`);
  if (within(path, "contract") && specifier.startsWith("node:"))
    bad.push(`${path}: contract must run in a browser, not import ${specifier}`);
  return bad;
}

function checkLocal(path: string, room: string, found: Import, target: string, tree: Tree): string[] {
  if (!tree.has(target)) return [`${path}: imports ${found.specifier}, which does not exist`];
  const targetRoom = roomOf(target);
  if (targetRoom === undefined || targetRoom === room) return [];
  const bad: string[] = [];
  if (!allows(room, targetRoom)) bad.push(`${path}: ${room} must not import ${targetRoom}`);
  if (target !== targetRoom && target !== `${targetRoom}/index.ts`)
    bad.push(`${path}: reaches past the index of ${targetRoom} (${target})`);
  if (!found.typeOnly && (typesOnly[room] ?? []).includes(targetRoom))
    bad.push(`${path}: may import only types of ${targetRoom}`);
  return bad;
}

/** Every cycle once, as the path that closes it. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push(`cycle: ${[...trail.slice(at), path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** Files that nothing reaches from the entry points. */
function unreachedOf(graph: ReadonlyMap<string, readonly string[]>, roots: readonly string[]): string[] {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...(graph.get(path) ?? []));
  }
  return [...graph.keys()].filter((path) => !seen.has(path)).map((path) => `${path}: nothing imports it`);
}

/** Holds a tree of sources against the rules. */
export function check(tree: Tree, roots: readonly string[] = entryPoints): Report {
  const violations: string[] = [];
  const graph = new Map<string, readonly string[]>();
  let imports = 0;
  for (const [path, text] of tree) {
    const room = roomOf(path);
    if (room === undefined) {
      violations.push(`${path}: lies in no room of design.md`);
      continue;
    }
    const facts = factsOf(path, text);
    const targets: string[] = [];
    for (const found of facts.imports) {
      imports += 1;
      if (found.specifier.startsWith(".")) {
        const target = posix.normalize(posix.join(posix.dirname(path), found.specifier));
        targets.push(target);
        violations.push(...checkLocal(path, room, found, target, tree));
      } else {
        violations.push(...checkLibrary(path, found));
      }
    }
    for (const rule of globalFences) {
      if (!facts.globals.has(rule.name)) continue;
      if (rule.only && !rule.only.some((one) => within(path, one)))
        violations.push(`${path}: ${rule.name} belongs in ${rule.only.join(", ")}`);
      if (rule.never?.some((one) => within(path, one)))
        violations.push(`${path}: ${rule.name} must not stand in ${rule.never.join(", ")}`);
    }
    const lines = text.split("\n").length - 1;
    if (lines > 400) violations.push(`${path}: ${lines} lines; a file is one idea, under 400`);
    graph.set(path, targets);
  }
  violations.push(...cyclesOf(graph));
  if (roots.length > 0) violations.push(...unreachedOf(graph, roots));
  return { violations, files: graph.size, imports };
}

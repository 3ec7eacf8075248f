import { parseSync } from "oxc-parser";

export interface Import {
  readonly specifier: string;
  /** True for `import type`, `export type … from` and `import("…").Name` in a type. */
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}

export interface SourceFacts {
  readonly imports: readonly Import[];
  /** Dotted names used as values: `process.env`, `Date.now`, and bare identifiers that are called. */
  readonly globals: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

const textOf = (node: unknown): string | undefined =>
  isNode(node) && typeof node["value"] === "string" ? node["value"] : undefined;

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && typeof node["name"] === "string" ? node["name"] : undefined;

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item);
  } else if (isNode(value)) {
    yield value;
    for (const [key, child] of Object.entries(value)) {
      if (key !== "type" && typeof child === "object" && child !== null) yield* nodesOf(child);
    }
  }
}

function importOf(node: Node): Import | undefined {
  const specifier = textOf(node["source"]);
  if (specifier === undefined) return undefined;
  const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : [];
  const kind = node["importKind"] ?? node["exportKind"];
  const typeOnly =
    node.type === "TSImportType" ||
    kind === "type" ||
    (specifiers.length > 0 && specifiers.every((one) => (one["importKind"] ?? one["exportKind"]) === "type"));
  return { specifier, typeOnly, names: specifiers.map((one) => nameOf(one["imported"]) ?? "*") };
}

/** What a file imports, in every form the language has, and which globals it touches. Throws on a syntax error. */
export function factsOf(path: string, text: string): SourceFacts {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? "syntax error"}`);
  const imports: Import[] = [];
  const globals = new Set<string>();
  for (const node of nodesOf(program)) {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
      case "ImportExpression":
      case "TSImportType": {
        const found = importOf(node);
        if (found) imports.push(found);
        break;
      }
      case "MemberExpression": {
        const object = nameOf(node["object"]);
        const property = nameOf(node["property"]) ?? textOf(node["property"]);
        if (object && property) globals.add(`${object}.${property}`);
        break;
      }
      case "NewExpression": {
        const callee = nameOf(node["callee"]);
        const given: unknown = node["arguments"];
        if (callee && Array.isArray(given) && given.length === 0) globals.add(`new ${callee}()`);
        break;
      }
      case "CallExpression": {
        const callee = nameOf(node["callee"]);
        if (callee) globals.add(callee);
        const first: unknown = Array.isArray(node["arguments"]) ? node["arguments"][0] : undefined;
        const required = callee === "require" ? textOf(first) : undefined;
        if (required !== undefined) imports.push({ specifier: required, typeOnly: false, names: ["*"] });
        break;
      }
      default:
    }
  }
  return { imports, globals };
}

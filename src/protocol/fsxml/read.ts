import type { Element } from "./element.ts";

/**
 * Reads elements and attributes, which is all that FreeSWITCH's documents say anything in; text and comments are
 * passed over, a DTD is refused. Strict where xmlbuilder2's reader is not: that one takes `<a>` for a document and
 * resolves `&amp;#10;` twice.
 */
const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+|</g;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function resolve(reference: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
  if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
  const character = name === undefined ? undefined : named[name];
  if (character === undefined) throw new Error(`not XML: ${reference} is no reference`);
  return character;
}

/** XML 1.0 section 3.3.3. */
const valueOf = (raw: string): string =>
  raw
    .replaceAll(/\r\n|[\t\r\n]/g, " ")
    .replaceAll(/&(?:#(\d{1,7});|#x([0-9a-fA-F]{1,6});|(\w+);|)/g, resolve);

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(text.matchAll(attribute), ([, name = "", double, single = ""]) => [
      name,
      valueOf(double ?? single),
    ]),
  );

/** The root element of a document. Throws an Error on what is no XML. */
export function readXml(text: string): Element {
  const top: { name: string; children: Element[] } = { name: "", children: [] };
  const open = [top];
  for (const [whole, end, start, attributes = "", empty] of text.matchAll(token)) {
    const parent = open.at(-1) ?? top;
    if (start !== undefined) {
      const made = { name: start, attributes: attributesOf(attributes), children: [] };
      parent.children.push(made);
      if (empty === "") open.push(made);
    } else if (end !== undefined) {
      if (parent === top || parent.name !== end) throw new Error(`not XML: </${end}> ends nothing`);
      open.pop();
    } else if (whole === "<" || (parent === top && !whole.startsWith("<") && whole.trim() !== "")) {
      throw new Error("not XML: neither an element nor text in one");
    }
  }
  const [root] = top.children;
  if (!root || top.children.length > 1 || open.length > 1)
    throw new Error("not XML: one root element is wanted");
  return root;
}

/** The first element below `from` on a path of steps: `name`, or `name=N` where the attribute `name` is N. */
export function find(from: Element, ...path: readonly string[]): Element | undefined {
  let current: Element | undefined = from;
  for (const step of path) {
    const [name, wanted] = step.split("=", 2);
    current = current?.children.find(
      (child) => child.name === name && (wanted === undefined || child.attributes["name"] === wanted),
    );
  }
  return current;
}

/** `{name: value}` of the `param`, `variable` … elements below. */
export const pairsOf = (parent: Element | undefined): Record<string, string> =>
  Object.fromEntries(
    (parent?.children ?? []).map(({ attributes: { name = "", value = "" } }) => [name, value]),
  );

import { create } from "xmlbuilder2";
import type { Element } from "./element.ts";

type Builder = ReturnType<typeof create>;

/** What is no `Char` of XML 1.0 (section 2.2), lone surrogates included; an attribute cannot hold it in any form. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const wantsWork = /[&\t\n\r]|[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * What xmlbuilder2 leaves to its caller: it takes `&word;` in a text for a reference and writes white space as it
 * is, which every reader turns into spaces (XML 1.0 section 3.3.3). References that are written here it keeps.
 */
function reference(text: string): string {
  if (!wantsWork.test(text)) return text;
  return text
    .replace(illegal, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("\t", "&#9;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\r", "&#13;");
}

function append(parent: Builder, { name, attributes, children }: Element): void {
  const built = parent.ele(name);
  for (const [key, value] of Object.entries(attributes)) built.att(key, reference(value));
  for (const child of children) append(built, child);
}

/** The text of a document, on one line: FreeSWITCH's preprocessor works line by line. */
export function writeXml(root: Element): string {
  const document = create();
  append(document, root);
  return document.end();
}

/** The same for a file that a person may read: one element a line. */
export function writeXmlFile(root: Element): string {
  const document = create();
  append(document, root);
  return `${document.root().end({ prettyPrint: true })}\n`;
}

import { create } from "xmlbuilder2";
import type { Element } from "./element.ts";

type Builder = ReturnType<typeof create>;

/** What is no `Char` of XML 1.0 (section 2.2), lone surrogates included; an attribute cannot hold it in any form. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
/** FreeSWITCH reads lines before it reads XML: it drops a line with the first, and replaces the second (switch_xml.c, preprocess). */
const preprocessed = /(?<=x-)p(?=re-process)|\$(?=\$\{)/gi;
const wantsWork = /[&\t\n\r$]|x-p|[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/iu;

const reference = (character: string): string => `&#${character.charCodeAt(0)};`;

/**
 * What xmlbuilder2 leaves to its caller: it takes `&word;` in a text for a reference and writes white space as it
 * is, which every reader turns into spaces (XML 1.0 section 3.3.3). References that are written here it keeps.
 */
function attributeText(text: string): string {
  if (!wantsWork.test(text)) return text;
  return text
    .replace(illegal, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll(/[\t\n\r]/g, reference)
    .replaceAll(preprocessed, reference);
}

function append(parent: Builder, { name, attributes, children }: Element): void {
  const built = parent.ele(name);
  for (const [key, value] of Object.entries(attributes)) built.att(key, attributeText(value));
  for (const child of children) append(built, child);
}

/** The text of a document on one line, without `<?xml …?>`: FreeSWITCH drops a line that holds one. */
export function writeXml(root: Element): string {
  const document = create();
  append(document, root);
  return document.end({ headless: true });
}

/** The same for a file that a person may read: one element a line. */
export function writeXmlFile(root: Element): string {
  const document = create();
  append(document, root);
  return `${document.root().end({ prettyPrint: true })}\n`;
}

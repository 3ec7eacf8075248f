import { element, type Element } from "./element.ts";
import { writeXml } from "./write.ts";

export type Section = "directory" | "dialplan" | "configuration" | "languages" | "phrases" | "chatplan";

/** `<document type="freeswitch/xml"><section name="…">…</section></document>`, what mod_xml_curl wants. */
export const documentOf = (section: Section, ...content: readonly Element[]): string =>
  writeXml(element("document", { type: "freeswitch/xml" }, [element("section", { name: section }, content)]));

/** Says that there is nothing: FreeSWITCH asks its next binding, then its static configuration. */
export const notFoundDocument = writeXml(
  element("document", { type: "freeswitch/xml" }, [
    element("section", { name: "result" }, [element("result", { status: "not found" })]),
  ]),
);

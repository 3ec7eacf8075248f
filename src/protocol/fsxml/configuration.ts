import { documentOf } from "./document.ts";
import { element, pairs, type Element } from "./element.ts";

/** `name` as FreeSWITCH asks for it, e.g. `acl.conf`. */
export const configurationDocument = (name: string, ...content: readonly Element[]): string =>
  documentOf("configuration", element("configuration", { name }, content));

/** `<settings>` with a `<param>` for each. */
export const settings = (params: Readonly<Record<string, string>>): Element =>
  element("settings", {}, pairs("param", params));

import type { Binding } from "./words.ts";

/** The configuration that only Patchcord serves: it holds the nonce of the running process. */
export const bindingConfiguration = "patchcord.conf";

const param = /<param\b[^>]*\bname="instance"[^>]*>/;
const value = /\bvalue="([^"]*)"/;

/** Reads the reply of `xml_locate configuration configuration name patchcord.conf`. */
export function bindingOf(reply: string, instance: string): Binding {
  const found = value.exec(param.exec(reply)?.[0] ?? "")?.[1];
  if (found === undefined) return "none";
  return found === instance ? "ours" : "another's";
}

import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../fixtures/sdp");

export const recorded = (name: string): string => readFileSync(join(folder, `${name}.sdp`), "utf8");

export const malformed: readonly (readonly [name: string, text: string])[] = Object.entries(
  JSON.parse(readFileSync(join(folder, "malformed.json"), "utf8")) as Record<string, string>,
);

/** Lines as a description. */
export const sdp = (...lines: readonly string[]): string =>
  ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", ...lines].join("\r\n");

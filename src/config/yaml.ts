import { parseDocument } from "yaml";
import { ConfigError } from "./errors.ts";

const largest = 1024 * 1024;

/**
 * Reads a YAML 1.2 mapping with every scalar as the text that was written: `proxyAccount: 1000` is an account,
 * not a quantity, and `0123` keeps its zero. Throws ConfigError.
 */
export function readYaml(text: string, file: string): ReadonlyMap<unknown, unknown> {
  if (text.length > largest)
    throw new ConfigError(`${file} is larger than ${largest} characters; is it the right file?`);
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw new ConfigError(`${file} is not valid YAML: ${problem.message.split("\n", 1)[0] ?? ""}`);
  let contents: unknown;
  try {
    contents = document.toJS({ mapAsMap: true, maxAliasCount: 20 });
  } catch (error) {
    throw new ConfigError(
      `${file} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (contents === null || contents === "") return new Map();
  if (contents instanceof Map) return contents;
  throw new ConfigError(`${file} must hold keys and values, such as http: 127.0.0.1:8080`);
}

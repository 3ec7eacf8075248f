import { resolve } from "node:path";
import { ConfigError, quoted } from "./errors.ts";
import type { Environment } from "./environment.ts";
import { readTextFile } from "./files.ts";
import { fromEnvironment, fromFile, type Given, type Layer } from "./given.ts";
import { variableOf, type DefaultKey, type Key } from "./keys.ts";
import { readYaml } from "./yaml.ts";

/** What file and environment say, read key by key. */
export interface Settings {
  /** The value in effect. Throws ConfigError if what is given is not allowed. */
  get<Value>(key: DefaultKey<Value>): Value;
  /** The value given, if any. Throws alike. */
  given<Value>(key: Key<Value>): Value | undefined;
  readonly sofiaInternal: Readonly<Record<string, string>>;
}

const defaultFile = "patchcord.yaml";

function fileLayer({ env, cwd }: Environment): Layer {
  const named = env["PATCHCORD_CONFIG"] ?? "";
  const file = named === "" ? defaultFile : named;
  const text = readTextFile(resolve(cwd, file), "PATCHCORD_CONFIG", { mayBeAbsent: named === "" });
  return fromFile(text === undefined ? new Map() : readYaml(text, file), file);
}

/** The text that counts: a secret's file is read here, one newline at its end dropped. */
function textOf({ text, isFile, origin }: Given, cwd: string): string {
  if (!isFile) return text;
  return (readTextFile(resolve(cwd, text), origin, { mayBeAbsent: false }) ?? "").replace(/\r?\n$/, "");
}

function refusal({ name, kind, secret }: Key<unknown>, { origin }: Given, text: string): ConfigError {
  const what = secret ? "is not allowed (its value is not shown)" : `is ${quoted(text)}`;
  const where = origin === variableOf(name) ? ` (${name})` : "";
  return new ConfigError(
    `${origin}${where} ${what}; ${kind.explain?.(text) ?? `allowed is ${kind.allowed}`}`,
  );
}

/** Defaults < file < environment. Reads files, writes none. Throws ConfigError for unknown keys. */
export function readSettings(environment: Environment): Settings {
  const file = fileLayer(environment);
  const variables = fromEnvironment(environment.env);
  const givenOf = <Value>(key: Key<Value>): Value | undefined => {
    const given = variables.values.get(key.name) ?? file.values.get(key.name);
    if (!given) return undefined;
    const text = textOf(given, environment.cwd);
    const value = key.kind.parse(text);
    if (value === undefined) throw refusal(key, given, text);
    return value;
  };
  return {
    get(key) {
      const value = givenOf(key) ?? key.kind.parse(key.fallback);
      if (value === undefined) throw new Error(`the default of ${key.name} is not allowed: ${key.fallback}`);
      return value;
    },
    given: givenOf,
    sofiaInternal: file.sofiaInternal,
  };
}

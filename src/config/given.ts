import { ConfigError, quoted } from "./errors.ts";
import { keyByName, keyByVariable, laterKeys, ownVariables, variableOf, type Key } from "./keys.ts";

/** A value as someone wrote it. */
export interface Given {
  /** The text itself, or the path of the file that holds it. */
  readonly text: string;
  readonly isFile: boolean;
  /** Names it in messages: `PATCHCORD_HTTP`, `http in patchcord.yaml`. */
  readonly origin: string;
}

/** What one source gives, the file or the environment: values by name of their key. */
export interface Layer {
  readonly values: ReadonlyMap<string, Given>;
  readonly sofiaInternal: Readonly<Record<string, string>>;
}

interface Named {
  readonly key: Key<unknown>;
  /** Whether the name is the key's `File` form. */
  readonly isFile: boolean;
}

function find(name: string, suffix: string, known: ReadonlyMap<string, Key<unknown>>): Named | undefined {
  const direct = known.get(name);
  if (direct) return { key: direct, isFile: false };
  const base = name.endsWith(suffix) ? known.get(name.slice(0, -suffix.length)) : undefined;
  return base?.secret ? { key: base, isFile: true } : undefined;
}

function addTo(values: Map<string, Given>, { key, isFile }: Named, text: string, origin: string): void {
  if (text === "") return;
  const other = values.get(key.name);
  if (other) throw new ConfigError(`${other.origin} and ${origin} are both given; keep one of them`);
  values.set(key.name, { text, isFile, origin });
}

/** Reads `PATCHCORD_*`; an empty one counts as absent. Throws ConfigError for an unknown one. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Layer {
  const values = new Map<string, Given>();
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith("PATCHCORD_") || ownVariables.includes(variable)) continue;
    const found = find(variable, "_FILE", keyByVariable);
    if (!found) {
      throw laterKeys.some((name) => variableOf(name) === variable)
        ? notYet(variable)
        : new ConfigError(
            `unknown variable ${quoted(variable)}; known are ${[...keyByVariable.keys(), ...ownVariables].join(", ")}`,
          );
    }
    addTo(values, found, text, variable);
  }
  return { values, sofiaInternal: {} };
}

const notYet = (name: string): ConfigError =>
  new ConfigError(`${name} is given, but this version does not have what it configures yet; remove it`);

/** Mappings as objects and everything else as it is, for JSON. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  // A key that is no text makes a name that no key of ours has.
  return Object.fromEntries([...value].map(([name, member]) => [wordsOf(name), plain(member)]));
};

/** The text of a scalar, or of a list of scalars or a structure where the key may be one. */
function textOf(value: unknown, { key, isFile }: Named, origin: string): string {
  if (typeof value === "string") return value;
  const { allowed, list, json } = key.kind;
  if (json && !isFile) return JSON.stringify(plain(value));
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  if (!Array.isArray(value) || !list || isFile || texts.length !== value.length || texts.length === 0) {
    const form = Array.isArray(value) ? (value.length === 0 ? "an empty list" : "a list") : "a mapping";
    throw new ConfigError(`${origin} is ${form}; allowed is ${isFile ? "a path" : allowed}`);
  }
  return texts.join(",");
}

const parameterName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `sofia: {internal: {PARAMETER: VALUE}}`. */
function sofiaOf(value: unknown, file: string): Record<string, string> {
  const allowed =
    "allowed is sofia: {internal: {PARAMETER: VALUE}} with FreeSWITCH's names of sofia profile parameters";
  const entriesOf = (map: unknown, name: string): [unknown, unknown][] => {
    if (map === "") return [];
    if (!(map instanceof Map)) throw new ConfigError(`${name} in ${file} is not a mapping; ${allowed}`);
    return [...map];
  };
  const parameters: [string, string][] = [];
  for (const [profile, settings] of entriesOf(value, "sofia")) {
    if (profile !== "internal") {
      throw new ConfigError(`unknown key ${quoted(`sofia.${wordsOf(profile)}`)} in ${file}; ${allowed}`);
    }
    for (const [name, text] of entriesOf(settings, "sofia.internal")) {
      const words = wordsOf(name);
      if (
        typeof text !== "string" ||
        !parameterName.test(words) ||
        /[\p{Cc}\p{Cs}]/u.test(text) ||
        text.length > 1000
      ) {
        throw new ConfigError(
          `${quoted(`sofia.internal.${words}`)} in ${file} is ${quoted(wordsOf(text))}; ${allowed}`,
        );
      }
      parameters.push([words, text]);
    }
  }
  return Object.fromEntries(parameters);
}

const wordsOf = (value: unknown): string => (typeof value === "string" ? value : "(not text)");

/** Takes what `patchcord.yaml` holds, its scalars as text; an empty value counts as absent. Throws ConfigError. */
export function fromFile(contents: ReadonlyMap<unknown, unknown>, file: string): Layer {
  const values = new Map<string, Given>();
  let sofiaInternal: Record<string, string> = {};
  for (const [name, value] of contents) {
    const words = wordsOf(name);
    if (words === "sofia") {
      sofiaInternal = sofiaOf(value, file);
      continue;
    }
    const found = find(words, "File", keyByName);
    const origin = `${words} in ${file}`;
    if (!found) {
      throw laterKeys.includes(words)
        ? notYet(origin)
        : new ConfigError(
            `unknown key ${quoted(words)} in ${file}; known are ${[...keyByName.keys(), "sofia"].join(", ")}`,
          );
    }
    addTo(values, found, textOf(value, found, origin), origin);
  }
  return { values, sofiaInternal };
}

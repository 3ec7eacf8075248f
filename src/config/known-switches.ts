import { join } from "node:path";
import { ConfigError } from "./errors.ts";
import { makeDataDirectory, readTextFile, writePrivateFile } from "./files.ts";
import type { SwitchAddress } from "./model.ts";

const name = "switches.json";

function isAddress(value: unknown): value is SwitchAddress {
  if (typeof value !== "object" || value === null) return false;
  if (!("host" in value && "port" in value && "password" in value)) return false;
  const { host, port, password } = value;
  return (
    typeof host === "string" &&
    host !== "" &&
    typeof password === "string" &&
    password !== "" &&
    Number.isInteger(port) &&
    Number(port) >= 1 &&
    Number(port) <= 65_535
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The switches that this installation wrote a configuration for, in that order. Throws ConfigError. */
export function readKnownSwitches(data: string): SwitchAddress[] {
  const path = join(data, name);
  const text = readTextFile(path, "data (PATCHCORD_DATA)", { mayBeAbsent: true });
  if (text === undefined) return [];
  const list = parse(text);
  if (Array.isArray(list) && list.every(isAddress)) return list;
  throw new ConfigError(`the file ${path} is damaged; delete it and run \`patchcord conf DIR\` again`);
}

/** Adds a switch, or its new password, to those that a start connects to by default. Throws ConfigError. */
export function rememberSwitch(data: string, { host, port, password }: SwitchAddress): void {
  makeDataDirectory(data);
  const others = readKnownSwitches(data).filter((one) => one.host !== host || one.port !== port);
  const text = JSON.stringify([...others, { host, port, password }], null, 2);
  writePrivateFile(data, name, `${text}\n`, { keep: false });
}

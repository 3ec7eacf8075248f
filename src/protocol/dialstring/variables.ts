import { Failure } from "../../base/index.ts";
import { checkText, checkVariableName } from "./text.ts";

/**
 * Between variables stands `:` instead of `,` (`{^^:a=1:b=2}`): with every `:` of a value escaped no value can hold
 * `:_:`, which would make an enterprise originate of the whole string (switch_ivr_originate.c).
 */
const delimiter = ":";

/**
 * Undone by one pass of switch_separate_string at `separator`. No quotes are used: they are matched across values,
 * a backslash belongs to one character.
 */
const escapeFor = (text: string, separator: string): string =>
  text.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(separator, `\\${separator}`);

/** Undone when FreeSWITCH splits `name=value`; spaces would be trimmed there, and split an api command. */
const escapeValue = (value: string): string => escapeFor(value, "=").replaceAll(" ", String.raw`\s`);

/** Brackets end where they are counted to end: no quote or backslash hides one from switch_find_end_paren. */
function checkValue(name: string, value: string): string {
  checkText(value, `variable ${name}`);
  if (!/[{}]/.test(value)) return value;
  throw new Failure(
    "unsafe-text",
    `variable ${name} holds { or }, which no dial string can carry; remove it`,
  );
}

/**
 * `{^^:a=1:b=2}`: variables of every leg, put before the targets of a dial string; empty for none. Throws
 * `unsafe-text` for a name or a value that cannot be carried.
 */
export function channelVariables(variables: Readonly<Record<string, string>>): string {
  const list = Object.entries(variables)
    // To FreeSWITCH an empty variable and none are the same.
    .filter(([, value]) => value !== "")
    .map(
      ([name, value]) =>
        `${checkVariableName(name)}=${escapeFor(escapeValue(checkValue(name, value)), delimiter)}`,
    );
  return list.length === 0 ? "" : `{^^${delimiter}${list.join(delimiter)}}`;
}

/**
 * A dial string of one target with variables, as `bridge` and switch_ivr_originate read it; an api command wants
 * `apiArgument` around it. Throws `unsafe-text`.
 */
export const dialString = ({
  variables = {},
  target,
}: {
  readonly variables?: Readonly<Record<string, string>>;
  /** `userTarget(…)`, or an endpoint that we chose. */
  readonly target: string;
}): string => `${channelVariables(variables)}${target}`;

/**
 * One argument of an api command whose arguments are split at spaces, e.g. the dial string of `originate`. Nothing
 * more is split or evaluated by the split itself. Throws `unsafe-text`.
 */
export function apiArgument(text: string): string {
  // `\ ` would keep its backslash (cleanup_separated_string without a delimiter); `\s` becomes a space.
  return checkText(text, "argument")
    .replaceAll(/[\\']/g, String.raw`\$&`)
    .replaceAll(" ", String.raw`\s`);
}

import { InvalidArgumentError, type Command } from "commander";

export interface JsonOption {
  readonly json?: boolean;
}

export const withJson = (command: Command): Command => command.option("--json", "print JSON");

/** A whole number in a range, for an option. */
export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Allowed is a whole number from ${from} to ${to}.`);
  };

/** Adds up an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Without the members that were not given. */
export function given<Values extends Record<string, unknown>>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the filter is what the type says
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Values]?: Exclude<Values[Name], undefined>;
  };
}

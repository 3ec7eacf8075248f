/** One XML element of FreeSWITCH's documents: they say everything in attributes. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

export const element = (
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly Element[] = [],
): Element => ({ name, attributes, children });

/** `<param name="a" value="1"/>` for each, in order. `of` is `param`, `variable`, `setting` … */
export const pairs = (of: string, values: Readonly<Record<string, string>>): Element[] =>
  Object.entries(values).map(([name, value]) => element(of, { name, value }));

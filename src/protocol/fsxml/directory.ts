import { documentOf } from "./document.ts";
import { element, pairs, type Element } from "./element.ts";

export interface DirectoryUser {
  readonly id: string;
  /** Milliseconds that FreeSWITCH may answer from its own copy; 0: never. */
  readonly cacheable?: number;
  readonly params?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface DirectoryGroup {
  readonly name: string;
  readonly users: readonly DirectoryUser[];
}

function userElement({ id, cacheable = 0, params, variables }: DirectoryUser): Element {
  return element("user", { id, ...(cacheable > 0 ? { cacheable: String(cacheable) } : {}) }, [
    ...(params ? [element("params", {}, pairs("param", params))] : []),
    ...(variables ? [element("variables", {}, pairs("variable", variables))] : []),
  ]);
}

/** A domain with the groups asked for: none says that the domain exists, no more. */
export function directoryDocument(domain: string, groups: readonly DirectoryGroup[] = []): string {
  const groupElements = groups.map(({ name, users }) =>
    element("group", { name }, [element("users", {}, users.map(userElement))]),
  );
  return documentOf(
    "directory",
    element(
      "domain",
      { name: domain },
      groupElements.length > 0 ? [element("groups", {}, groupElements)] : [],
    ),
  );
}

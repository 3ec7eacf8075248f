import { Failure } from "../../base/index.ts";
import type { Page } from "../../contract/index.ts";

export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

const defaultLimit = 100;

export const limitOf = ({ limit }: PageRequest): number => limit ?? defaultLimit;

const encode = (key: string): string => Buffer.from(key, "utf8").toString("base64url");

function decode(cursor: string): string {
  const key = Buffer.from(cursor, "base64url").toString("utf8");
  if (encode(key) === cursor) return key;
  throw new Failure("invalid-request", "the cursor is not one that this list gave out; start without one");
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * A page of a list held in memory, ordered by a key that is unique. The cursor is the key of the last item, so
 * that items which come and go between two pages neither repeat nor hide others.
 * @throws Failure invalid-request for a cursor of another list
 */
export function pageBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  request: PageRequest,
  order: "ascending" | "descending" = "ascending",
): Page<Item> {
  const sign = order === "ascending" ? 1 : -1;
  const after = request.cursor === undefined ? undefined : decode(request.cursor);
  const keyed = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || sign * compare(key, after) > 0)
    .toSorted((a, b) => sign * compare(a.key, b.key));
  const page = keyed.slice(0, limitOf(request));
  const last = keyed.length > page.length ? page.at(-1) : undefined;
  return { items: page.map(({ item }) => item), next: last ? encode(last.key) : null };
}

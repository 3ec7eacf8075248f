import type { Extension } from "./model.ts";

/** The store of extensions, implemented by store/. Every write is atomic: all of it or nothing. */
export interface ExtensionRepository {
  get(domain: string, number: string): Promise<Extension | undefined>;
  /**
   * Ordered by number (as a number), after `after`, at most `limit`; `query` matches a part of number or display
   * name, letter case ignored.
   */
  list(filter: ListFilter): Promise<Extension[]>;
  /** Those of a call group, ordered by number. */
  group(domain: string, group: string): Promise<Extension[]>;
  /**
   * Writes all of them in one transaction; those that exist already are replaced, left alone (`skip`), or make it
   * write nothing (`fail`). All are of one domain.
   */
  put(extensions: readonly Extension[], onExisting?: OnExisting): Promise<PutResult>;
  /** Inserts; resolves to false, changing nothing, if it exists. */
  insert(extension: Extension): Promise<boolean>;
  /** Replaces it by what `change` makes of it, with no other write between; undefined if there is none. */
  update(
    domain: string,
    number: string,
    change: (current: Extension) => Extension,
  ): Promise<Extension | undefined>;
  /** False if there was none. */
  remove(domain: string, number: string): Promise<boolean>;
  count(domain: string): Promise<number>;
}

export interface ListFilter {
  readonly domain: string;
  readonly query?: string;
  /** A number, which need not exist. */
  readonly after?: string;
  readonly limit: number;
}

export type OnExisting = "replace" | "skip" | "fail";

interface PutResult {
  /** Whether anything may have been written: false for `fail` with some that exist. */
  readonly done: boolean;
  /** Numbers that existed before, ordered by number. */
  readonly existing: readonly string[];
}

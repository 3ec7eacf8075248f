import type { Extension } from "./model.ts";

/** The store of extensions, implemented by store/. Every write is atomic: all of it or nothing. */
export interface ExtensionRepository {
  get(domain: string, number: string): Promise<Extension | undefined>;
  /** Ordered by number (as a number), after `after`, at most `limit`; `query` matches number or display name. */
  list(filter: ListFilter): Promise<Extension[]>;
  /** Those of a call group. */
  group(domain: string, group: string): Promise<Extension[]>;
  /** Those whose number is in from..to, inclusive. */
  range(domain: string, from: number, to: number): Promise<Extension[]>;
  /** Inserts or replaces all of them, in one transaction. */
  put(extensions: readonly Extension[]): Promise<void>;
  /** Inserts; resolves to false, changing nothing, if it exists. */
  insert(extension: Extension): Promise<boolean>;
  /** False if there was none. */
  remove(domain: string, number: string): Promise<boolean>;
  count(domain: string): Promise<number>;
}

export interface ListFilter {
  readonly domain: string;
  readonly query?: string;
  readonly after?: string;
  readonly limit: number;
}

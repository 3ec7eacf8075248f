import type { ColumnType } from "kysely";

/** The tables, for every database alike. Times are milliseconds since the epoch. */

interface ExtensionTable {
  domain: string;
  number: string;
  /** `number` as a number: what it is ordered and ranged by. */
  ordinal: number;
  display_name: string;
  caller_id_name: string;
  caller_id_number: string;
  context: string;
  call_group: string;
  toll_allow: string;
  /** 0 or 1. */
  enabled: number;
  kind: string;
  ha1: string;
  /** The domain that `ha1` was made for; under any other it is worthless. */
  realm: string;
  /** Number and display name folded to one letter case: what a query is looked for in. */
  search: string;
}

interface TokenTable {
  id: string;
  name: string;
  /** Comma-separated. */
  scopes: string;
  hash: string;
  created_at: number;
  expires_at: number | null;
}

/** What web users' tokens are signed with. */
interface SigningKeyTable {
  id: string;
  secret: string;
  created_at: number;
}

/** What the installation remembers of itself. */
interface SettingTable {
  name: ColumnType<string, string, never>;
  value: string;
}

export interface Tables {
  extensions: ExtensionTable;
  tokens: TokenTable;
  signing_keys: SigningKeyTable;
  settings: SettingTable;
}

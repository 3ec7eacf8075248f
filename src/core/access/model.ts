export const scopes = ["read", "calls", "provision", "admin"] as const;
/** `admin` holds every other scope. */
export type Scope = (typeof scopes)[number];

/** An API token; only the SHA-256 of the secret is kept. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Lower-case hex. */
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** The store of API tokens, implemented by store/. */
export interface TokenRepository {
  byHash(hash: string): Promise<ApiToken | undefined>;
  list(): Promise<ApiToken[]>;
  add(token: ApiToken): Promise<void>;
  /** False if there was none. */
  remove(id: string): Promise<boolean>;
}

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

/** What web users' tokens are signed with. */
export interface SigningKey {
  /** The `kid` of the tokens. */
  readonly id: string;
  /** Base64url. */
  readonly secret: string;
  /** Later keys have greater ones. */
  readonly createdAt: number;
}

/** The store of signing keys, implemented by store/. */
export interface SigningKeyRepository {
  /** The two that are valid, or as many as there are, the younger one first. */
  list(): Promise<SigningKey[]>;
  /** Adds a key that is younger than all, and removes what is then the third. False, and nothing done, unless the youngest is still `current`. */
  replace(key: SigningKey, current: string | null): Promise<boolean>;
}

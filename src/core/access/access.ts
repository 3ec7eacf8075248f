import { createHash, timingSafeEqual } from "node:crypto";
import { Failure, type Clock, type Ids } from "../../base/index.ts";
import { scopes, type ApiToken, type Scope, type TokenRepository } from "./model.ts";

/** Who sent a request. */
export interface Principal {
  /** The token's name; `admin` for the configured admin token. */
  readonly name: string;
  /** Id of the API token; null for the admin token, which has none. */
  readonly tokenId: string | null;
  readonly scopes: readonly Scope[];
}

interface TokenInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Seconds until it expires; absent: never. */
  readonly ttlSeconds?: number;
}

/** A token as it is listed: without the hash of its secret. */
export type TokenView = Omit<ApiToken, "hash">;

interface AccessOptions {
  readonly tokens: TokenRepository;
  readonly adminToken: string;
  readonly ids: Pick<Ids, "sortable" | "secret">;
  readonly clock: Pick<Clock, "now">;
}

const longestBearer = 1024;
const longestTtlSeconds = 10 * 366 * 86_400;
const nameForm = /^[^\p{Cc}\p{Cs}]{1,100}$/u;

const digest = (secret: string): Buffer => createHash("sha256").update(secret, "utf8").digest();

function checkInput({ name, scopes: wanted, ttlSeconds }: TokenInput): void {
  if (!nameForm.test(name) || name.trim() === "") {
    throw new Failure("invalid-request", "name: 1 to 100 characters without control characters");
  }
  if (wanted.length === 0 || wanted.some((scope) => !scopes.includes(scope))) {
    throw new Failure("invalid-request", `scopes: at least one of ${scopes.join(", ")}`);
  }
  if (
    ttlSeconds !== undefined &&
    !(Number.isSafeInteger(ttlSeconds) && ttlSeconds >= 1 && ttlSeconds <= longestTtlSeconds)
  ) {
    throw new Failure("invalid-request", `ttlSeconds: a whole number from 1 to ${longestTtlSeconds}`);
  }
}

const viewOf = ({ id, name, scopes, createdAt, expiresAt }: ApiToken): TokenView => ({
  id,
  name,
  scopes,
  createdAt,
  expiresAt,
});

/** Whether `principal` may do what `scope` stands for; `admin` holds every scope. */
const holds = (principal: Principal, scope: Scope): boolean =>
  principal.scopes.includes(scope) || principal.scopes.includes("admin");

/** Who may do what with the API: the configured admin token, and tokens made with it. */
export class Access {
  readonly #tokens: TokenRepository;
  readonly #adminDigest: Buffer;
  readonly #ids: AccessOptions["ids"];
  readonly #clock: AccessOptions["clock"];

  constructor({ tokens, adminToken, ids, clock }: AccessOptions) {
    this.#tokens = tokens;
    this.#adminDigest = digest(adminToken);
    this.#ids = ids;
    this.#clock = clock;
  }

  /**
   * Who holds that bearer token; undefined for an unknown or expired one. Only digests are compared, the admin
   * token's in constant time, so that the time an answer takes tells nothing about a secret.
   */
  async authenticate(bearer: string): Promise<Principal | undefined> {
    if (bearer === "" || bearer.length > longestBearer) return undefined;
    const presented = digest(bearer);
    if (timingSafeEqual(presented, this.#adminDigest)) {
      return { name: "admin", tokenId: null, scopes: ["admin"] };
    }
    const token = await this.#tokens.byHash(presented.toString("hex"));
    if (!token || (token.expiresAt !== null && token.expiresAt <= this.#clock.now())) return undefined;
    return { name: token.name, tokenId: token.id, scopes: token.scopes };
  }

  /** Throws `forbidden` unless `principal` holds `scope`. */
  require(principal: Principal, scope: Scope): void {
    if (holds(principal, scope)) return;
    throw new Failure(
      "forbidden",
      `the token ${JSON.stringify(principal.name)} has the scopes ${principal.scopes.join(", ")}; this needs ${scope}: ask for a token that has it`,
      { scope },
    );
  }

  /** Makes a token. `token` is its secret, told this once. Throws `invalid-request`. */
  async create(input: TokenInput): Promise<TokenView & { readonly token: string }> {
    checkInput(input);
    const now = this.#clock.now();
    const secret = `pc_${this.#ids.secret(32)}`;
    const token: ApiToken = {
      id: this.#ids.sortable(now),
      name: input.name,
      scopes: scopes.filter((scope) => input.scopes.includes(scope)),
      hash: digest(secret).toString("hex"),
      createdAt: now,
      expiresAt: input.ttlSeconds === undefined ? null : now + input.ttlSeconds * 1000,
    };
    await this.#tokens.add(token);
    return { token: secret, ...viewOf(token) };
  }

  /** Every token, expired ones included, oldest first. */
  async list(): Promise<TokenView[]> {
    return (await this.#tokens.list()).map(viewOf);
  }

  /** Throws `token-not-found`. */
  async remove(id: string): Promise<void> {
    if (await this.#tokens.remove(id)) return;
    throw new Failure("token-not-found", "no token has this id; GET /api/v1/tokens lists them");
  }
}

import { errors, jwtVerify, SignJWT, type JWTHeaderParameters, type JWTPayload } from "jose";
import { Failure, type Clock, type Ids } from "../../base/index.ts";
import { iceServersFor, type IceServer, type IceServerSetting } from "./ice-servers.ts";
import type { SigningKey, SigningKeyRepository } from "./model.ts";

/** Who holds a web user's token. */
export interface WebIdentity {
  /** The web user's number, without the 0. */
  readonly user: string;
  readonly displayName: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface WebTokenInput {
  readonly user: string;
  /** The number as others dial it, if absent. */
  readonly displayName?: string;
  readonly ttlSeconds?: number;
}

interface WebTokensOptions {
  readonly keys: SigningKeyRepository;
  readonly iceServers: readonly IceServerSetting[];
  readonly ids: Pick<Ids, "sortable" | "secret">;
  readonly clock: Pick<Clock, "now">;
}

/** A signing key as it is listed. */
export interface SigningKeyView {
  readonly id: string;
  readonly createdAt: number;
  /** Whether new tokens are signed with it; those of the other one are still accepted. */
  readonly signs: boolean;
}

const algorithm = "HS256";
const issuer = "patchcord";
const audience = "patchcord:rtc";
/** Of other machines' clocks: `iat` is ours, and so is the clock that reads it. */
const toleranceSeconds = 2;

const defaultTtlSeconds = 86_400;
/**
 * Also how long a key signs: as the one before it is accepted for at least as long as it signs, no token outlives its
 * key unless keys are changed by hand.
 */
export const longestWebTtlSeconds = 7 * 86_400;
const longestToken = 2048;

const userForm = /^[0-9]{1,20}$/;
/** Nothing that ends a line, or turns the direction of the text around it. */
const nameForm = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,64}$/u;

function checkInput({ user, displayName, ttlSeconds }: WebTokenInput): void {
  if (!userForm.test(user)) {
    throw new Failure(
      "invalid-number",
      "user: a web user's number, 1 to 20 digits, without the 0 one dials first",
    );
  }
  if (displayName !== undefined && (!nameForm.test(displayName) || displayName.trim() === "")) {
    throw new Failure("invalid-request", "displayName: 1 to 64 characters without control characters");
  }
  if (
    ttlSeconds !== undefined &&
    !(Number.isSafeInteger(ttlSeconds) && ttlSeconds >= 1 && ttlSeconds <= longestWebTtlSeconds)
  ) {
    throw new Failure("invalid-request", `ttlSeconds: a whole number from 1 to ${longestWebTtlSeconds}`);
  }
}

const secretOf = (key: SigningKey): Uint8Array => Buffer.from(key.secret, "base64url");

const stranger = (): Failure =>
  new Failure(
    "unauthorized",
    "the token is not one that this Patchcord gave to a web user, or its key is no longer in use; get one by POST /api/v1/webclients/tokens or `patchcord token USER`",
  );

/** The claims that we sign, and nothing less. */
function identityOf({ sub, iat, exp, name }: JWTPayload & { readonly name?: unknown }): WebIdentity {
  const isWhole =
    sub !== undefined &&
    userForm.test(sub) &&
    typeof name === "string" &&
    nameForm.test(name) &&
    iat !== undefined &&
    exp !== undefined &&
    exp - iat <= longestWebTtlSeconds;
  if (!isWhole) throw stranger();
  return { user: sub, displayName: name, expiresAt: exp * 1000 };
}

/**
 * Tokens of web users: JWTs (RFC 7519), HS256, two keys valid at a time. The younger one signs; once it is a week old
 * the next token is signed with a new one.
 */
export class WebTokens {
  readonly #keys: SigningKeyRepository;
  readonly #iceServers: readonly IceServerSetting[];
  readonly #ids: WebTokensOptions["ids"];
  readonly #clock: WebTokensOptions["clock"];

  constructor({ keys, iceServers, ids, clock }: WebTokensOptions) {
    this.#keys = keys;
    this.#iceServers = iceServers;
    this.#ids = ids;
    this.#clock = clock;
  }

  /** @throws Failure invalid-number, invalid-request */
  async issue(input: WebTokenInput): Promise<WebIdentity & { readonly token: string }> {
    checkInput(input);
    const { user, displayName = `0${user}`, ttlSeconds = defaultTtlSeconds } = input;
    const key = await this.#signing();
    const now = Math.floor(this.#clock.now() / 1000);
    const exp = now + ttlSeconds;
    const token = await new SignJWT({ name: displayName })
      .setProtectedHeader({ alg: algorithm, typ: "JWT", kid: key.id })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(user)
      .setIssuedAt(now)
      .setExpirationTime(exp)
      .sign(secretOf(key));
    return { token, user, displayName, expiresAt: exp * 1000 };
  }

  /** Who holds that token. @throws Failure unauthorized */
  async verify(token: string): Promise<WebIdentity> {
    if (token.length > longestToken) throw stranger();
    const keys = await this.#keys.list();
    const keyOf = ({ kid }: JWTHeaderParameters): Uint8Array => {
      const key = keys.find(({ id }) => id === kid);
      if (!key) throw stranger();
      return secretOf(key);
    };
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        // Never what the token itself asks for (RFC 8725 section 3.1).
        algorithms: [algorithm],
        issuer,
        audience,
        requiredClaims: ["sub", "iat", "exp"],
        clockTolerance: toleranceSeconds,
        currentDate: new Date(this.#clock.now()),
      });
      return identityOf(payload);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (error instanceof errors.JWTExpired) {
        throw new Failure("unauthorized", "the token has expired; ask for a new one", {}, { cause: error });
      }
      if (error instanceof errors.JOSEError) throw stranger();
      throw error;
    }
  }

  iceServersFor({ user, expiresAt }: Pick<WebIdentity, "user" | "expiresAt">): IceServer[] {
    return iceServersFor(this.#iceServers, user, expiresAt);
  }

  /** The keys that tokens are accepted with, the one that signs first; none before the first token. */
  async keys(): Promise<SigningKeyView[]> {
    return (await this.#keys.list()).map(({ id, createdAt }, at) => ({ id, createdAt, signs: at === 0 }));
  }

  /** A new key signs from now on. Tokens of the one before it stay valid, those of the one before that do not. */
  async rotate(): Promise<SigningKeyView> {
    for (;;) {
      const [current] = await this.#keys.list();
      const made = await this.#replace(current);
      if (made) return { id: made.id, createdAt: made.createdAt, signs: true };
    }
  }

  async #signing(): Promise<SigningKey> {
    for (;;) {
      const [current] = await this.#keys.list();
      const oldest = this.#clock.now() - longestWebTtlSeconds * 1000;
      if (current && current.createdAt > oldest) return current;
      const made = await this.#replace(current);
      if (made) return made;
    }
  }

  /** Undefined: somebody else was faster. */
  async #replace(current: SigningKey | undefined): Promise<SigningKey | undefined> {
    const now = this.#clock.now();
    // Also where the clock was set back: the order of the keys says which one signs.
    const createdAt = Math.max(now, (current?.createdAt ?? 0) + 1);
    const key = { id: this.#ids.sortable(now), secret: this.#ids.secret(32), createdAt };
    return (await this.#keys.replace(key, current?.id ?? null)) ? key : undefined;
  }
}

import { createHash } from "node:crypto";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { addressList, Failure } from "../../base/index.ts";
import type { Access, Principal, Scope } from "../../core/access/index.ts";

/** What Patchcord adds to fastify's own types, for every plugin under `edge/`. */
declare module "fastify" {
  interface FastifyContextConfig {
    /** Scope a token needs for the route. Every route under /api/v1 has one, or says that it is public. */
    scope?: Scope;
    /** The route shows nothing of this installation. */
    public?: true;
  }
  interface FastifyRequest {
    /** Who asks; null on routes that are public. */
    principal: Principal | null;
    /** Whether the token that opened this request is still good: for connections that outlive a request. */
    stillAllowed(): Promise<boolean>;
  }
}

/** The limits are per address and minute. */
export interface RateLimits {
  /** Requests. */
  readonly requests: number;
  /** Requests with a token that is not known to be good. */
  readonly failures: number;
}

export const defaultRateLimits: RateLimits = { requests: 6000, failures: 20 };

// RFC 6750 section 2.1.
const bearer = /^Bearer (?=.{1,512}$)([A-Za-z0-9._~+/-]+=*)$/i;

/** The bearer token of a request. Only a WebSocket, whose browser API sets no headers, may give it in the query. */
function tokenOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return bearer.exec(authorization)?.[1];
  if (!request.ws) return undefined;
  const { query } = request;
  const token = typeof query === "object" && query !== null && "token" in query ? query.token : undefined;
  return typeof token === "string" ? token : undefined;
}

/** Refuses addresses that the configured list does not hold; an empty list admits everyone. */
export function admitAddresses(app: FastifyInstance, ranges: readonly string[]): void {
  if (ranges.length === 0) return;
  const admits = addressList(ranges);
  app.addHook("onRequest", async (request) => {
    const address = request.socket.remoteAddress ?? "";
    if (!admits(address))
      throw new Failure("address-refused", `${address} is not in PATCHCORD_API_ACL (apiAcl); add it there`);
  });
}

/** Digests of tokens that were good lately: their holders are not slowed down by a guesser behind the same address. */
class KnownTokens {
  readonly #digests = new Set<string>();

  static digest(token: string): string {
    return createHash("sha256").update(token).digest("base64");
  }

  has(token: string): boolean {
    return this.#digests.has(KnownTokens.digest(token));
  }

  add(token: string): void {
    const oldest = this.#digests.size >= 1000 ? this.#digests.values().next().value : undefined;
    if (oldest !== undefined) this.#digests.delete(oldest);
    this.#digests.add(KnownTokens.digest(token));
  }

  delete(token: string): void {
    this.#digests.delete(KnownTokens.digest(token));
  }
}

/** Wants a bearer token with the scope that the route names, on every route of this scope of `app`. */
export async function guard(
  app: FastifyInstance,
  { access, limits }: { access: Pick<Access, "authenticate" | "require">; limits: RateLimits },
): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: limits.requests,
    timeWindow: "1 minute",
    errorResponseBuilder: (_request, { after }) =>
      new Failure("rate-limited", `slow down; try again in ${after}`),
  });
  const guesses = app.createRateLimit({ max: limits.failures, timeWindow: "1 minute" });
  const known = new KnownTokens();

  app.addHook("onRoute", ({ url, config }) => {
    if (config?.scope === undefined && !config?.public) throw new Error(`the route ${url} names no scope`);
  });

  async function refuseGuesser(
    request: FastifyRequest,
    reply: FastifyReply,
    increment: boolean,
  ): Promise<void> {
    const guessed = await guesses(request, { increment });
    if (guessed.isAllowed || guessed.remaining > 0) return;
    void reply.header("retry-after", guessed.ttlInSeconds);
    throw new Failure(
      "rate-limited",
      `too many requests from this address had no valid token; try again in ${guessed.ttlInSeconds} s`,
    );
  }

  async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const token = tokenOf(request);
    const isKnown = token !== undefined && known.has(token);
    if (!isKnown) await refuseGuesser(request, reply, false);
    const principal = token === undefined ? undefined : await access.authenticate(token);
    if (principal !== undefined && token !== undefined) {
      if (!isKnown) known.add(token);
      request.stillAllowed = async () => (await access.authenticate(token)) !== undefined;
      return principal;
    }
    if (token !== undefined) {
      known.delete(token);
      await guesses(request);
    }
    void reply.header("www-authenticate", 'Bearer realm="patchcord"');
    throw new Failure(
      "unauthorized",
      token === undefined
        ? "send the header Authorization: Bearer TOKEN; the admin token is kept in the data directory"
        : "the token is unknown or has expired; the admin token is kept in the data directory",
    );
  }

  app.addHook("onRequest", async (request, reply) => {
    const { scope, public: isPublic } = request.routeOptions.config;
    if (isPublic) return;
    request.principal = await authenticate(request, reply);
    if (scope !== undefined) access.require(request.principal, scope);
  });
}

import rateLimit from "@fastify/rate-limit";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { RawData, WebSocket } from "ws";
import { Failure, type Clock, type Ids } from "../../base/index.ts";
import { signallingProtocol, SignallingQuery, type ServerFrame } from "../../contract/index.ts";
import type { WebIdentity, WebTokens } from "../../core/access/index.ts";
import { signallingLimits } from "../../core/invitations/index.ts";
import {
  Outbox,
  policyViolation,
  sendAway,
  tryAgainLater,
  watch,
  type OutboxLimits,
} from "../server/index.ts";
import { Budget, defaultFrameLimits, type FrameLimits } from "./budget.ts";
import { Connection, type DeviceInvitations } from "./connection.ts";

export interface SignallingDependencies {
  readonly tokens: Pick<WebTokens, "verify" | "iceServersFor">;
  readonly invitations: DeviceInvitations;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "secret">;
  /** Milliseconds between two pings: a browser that is gone is noticed within two of them. */
  readonly heartbeat?: number;
  readonly outbox?: OutboxLimits;
  readonly frames?: FrameLimits;
  /** Connections with a token that is not good, per address and minute. */
  readonly failures?: number;
}

/** A device's frames are few; one that waits for hundreds is not reading. */
const defaultOutbox: OutboxLimits = { socketBytes: 256 * 1024, waiting: 500 };

// RFC 6455 section 7.4.1: a kind of data that we cannot take.
const unsupportedData = 1003;

interface Admitted {
  readonly identity: WebIdentity;
  readonly token: string;
}

// RFC 6750 section 2.1.
const bearer = /^Bearer ([A-Za-z0-9._~+/-]{1,2048}=*)$/i;

/** The header's token where there is one; a browser's WebSocket can only give it in the query. */
function tokenOf(request: FastifyRequest, query: SignallingQuery): string | undefined {
  const { authorization } = request.headers;
  return authorization === undefined ? query.token : bearer.exec(authorization)?.[1];
}

const offers = (header: string | undefined): boolean =>
  (header ?? "").split(",").some((one) => one.trim() === signallingProtocol);

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString("utf8");
}

/** A store that cannot be read for a moment is no reason to end somebody's call. */
async function stillAllowed(
  tokens: Pick<WebTokens, "verify">,
  token: string,
  log: FastifyBaseLogger,
): Promise<boolean> {
  try {
    await tokens.verify(token);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    log.warn({ err: error }, "a web user's token could not be checked again");
    return true;
  }
}

/** `GET /rtc`: the WebSocket of web users' devices; to be registered at the root, it guards itself. */
export const signallingPlugin =
  ({
    tokens,
    invitations,
    clock,
    ids,
    heartbeat = 5_000,
    outbox: outboxLimits = defaultOutbox,
    frames = defaultFrameLimits,
    failures = 20,
  }: SignallingDependencies): FastifyPluginAsync =>
  async (app) => {
    await app.register(rateLimit, { global: false });
    const guesses = app.createRateLimit({ max: failures, timeWindow: "1 minute" });
    // Read before the upgrade, so that a mistake is answered with a problem document.
    const admitted = new WeakMap<FastifyRequest, Admitted>();

    /** Guesses are counted; whoever has a good token is not slowed down by them. */
    async function refuseGuess(
      request: FastifyRequest,
      reply: FastifyReply,
      failure: Failure,
    ): Promise<never> {
      const guessed = await guesses(request);
      if (!guessed.isAllowed && guessed.isExceeded) {
        void reply.header("retry-after", guessed.ttlInSeconds);
        throw new Failure(
          "rate-limited",
          `too many connections from this address had no valid token; try again in ${guessed.ttlInSeconds} s`,
        );
      }
      void reply.header("www-authenticate", 'Bearer realm="patchcord"');
      throw failure;
    }

    async function admit(
      request: FastifyRequest,
      reply: FastifyReply,
      query: SignallingQuery,
    ): Promise<void> {
      const token = tokenOf(request, query);
      if (token === undefined) {
        throw new Failure("unauthorized", "give a web user's token: ?token=, or Authorization: Bearer");
      }
      try {
        admitted.set(request, { token, identity: await tokens.verify(token) });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await refuseGuess(request, reply, error);
      }
      if (request.ws && !offers(request.headers["sec-websocket-protocol"])) {
        throw new Failure("invalid-request", `offer the WebSocket subprotocol ${signallingProtocol}`);
      }
    }

    function serve(socket: WebSocket, request: FastifyRequest): void {
      const found = admitted.get(request);
      if (!found) {
        socket.terminate();
        return;
      }
      const { log } = request;
      const { identity, token } = found;
      const { user, displayName, expiresAt } = identity;
      const cleanups: (() => void)[] = [];
      let leaving = false;
      const leave = (code: number, reason: string): void => {
        if (leaving) return;
        leaving = true;
        cleanups.push(sendAway(socket, clock, code, reason));
      };
      const outbox = new Outbox(socket, outboxLimits, () => {
        log.warn({ user }, "a web user's device reads too slowly; it is sent away");
        leave(tryAgainLater, "too slow");
      });
      const send = (frame: ServerFrame): void => outbox.push(() => JSON.stringify(frame));
      const session = ids.secret(16);
      const connection = new Connection({ session, user, displayName, invitations, send, log });
      const budget = new Budget(frames, clock);

      socket.on("message", (data, isBinary) => {
        if (leaving) return;
        if (isBinary) {
          leave(unsupportedData, "frames are JSON text");
          return;
        }
        const verdict = budget.take();
        if (verdict === "take") connection.receive(textOf(data));
        else if (verdict === "refuse")
          connection.refuse(new Failure("rate-limited", "too many frames; slow down"));
        else leave(policyViolation, "too many frames");
      });
      socket.on("close", (code) => {
        for (const cleanup of cleanups) cleanup();
        invitations.disconnect(session);
        log.debug({ user, code }, "a web user's device is gone");
      });
      cleanups.push(
        clock.after(Math.max(0, expiresAt - clock.now()), () =>
          leave(policyViolation, "the token has expired"),
        ),
        watch(socket, { clock, heartbeat, stillAllowed: () => stillAllowed(tokens, token, log), log }),
      );
      send({
        type: "welcome",
        user,
        displayName,
        session,
        iceServers: tokens.iceServersFor(identity),
        limits: signallingLimits,
        expiresAt,
      });
      log.debug({ user }, "a web user's device is there");
      try {
        invitations.connect(connection);
      } catch (error) {
        connection.refuse(error);
        leave(tryAgainLater, error instanceof Failure ? error.code : "internal");
      }
    }

    app.withTypeProvider<TypeBoxTypeProvider>().route({
      method: "GET",
      url: "/rtc",
      exposeHeadRoute: false,
      schema: {
        tags: ["web users"],
        summary: "WebSocket: a web user's calls",
        description: `Subprotocol \`${signallingProtocol}\`, with the token of POST /api/v1/webclients/tokens. Frames are JSON text.`,
        security: [],
        querystring: SignallingQuery,
        response: { 101: Type.Unknown({ description: "Frames of the WebSocket" }) },
      },
      preHandler: (request, reply) => admit(request, reply, request.query),
      handler: () => {
        throw new Failure("upgrade-required", "open this as a WebSocket (Upgrade: websocket)");
      },
      wsHandler: serve,
    });
  };

import type { AddressInfo } from "node:net";
import websocket from "@fastify/websocket";
import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { cannotListen, Failure, type Clock, type Ids, type Logger } from "../../base/index.ts";
import { signallingProtocol } from "../../contract/index.ts";
import type { Access } from "../../core/access/index.ts";
import { collectOpenApi, documentationPage } from "./documentation.ts";
import { admitAddresses, defaultRateLimits, guard, type RateLimits } from "./guard.ts";
import { healthRoutes, type ReadyCheck } from "./health.ts";
import { answerMalformed } from "./malformed.ts";
import { failureOf, problemOf, problemType } from "./problems.ts";
import { closeSockets, refuseSocketsWhen } from "./sockets.ts";
import { refuseUnsafeText } from "./unsafe-text.ts";
import { compileValidator } from "./validation.ts";

/** What a connection may take; milliseconds. */
export interface ConnectionLimits {
  /** For a request's headers to arrive. */
  readonly headers: number;
  /** For the whole request to arrive. */
  readonly request: number;
  /** How often the two are looked at. */
  readonly check: number;
  /** Open connections. */
  readonly connections: number;
}

const defaultLimits: ConnectionLimits = {
  headers: 10_000,
  request: 30_000,
  check: 2_000,
  connections: 10_000,
};

export interface HttpServerOptions {
  readonly http: { readonly host: string; readonly port: number };
  readonly log: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly version: string;
  readonly access: Pick<Access, "authenticate" | "require">;
  /** CIDR ranges for /api and what stands beside it; empty: anyone. */
  readonly apiAcl: readonly string[];
  readonly ready: ReadyCheck;
  /** Under /api/v1, behind address list, bearer token and the scope that each route names. */
  readonly api: readonly FastifyPluginAsync[];
  /** At the root, behind the address list. */
  readonly guarded?: readonly FastifyPluginAsync[];
  /** At the root, guarding themselves. */
  readonly open?: readonly FastifyPluginAsync[];
  readonly rateLimits?: RateLimits;
  readonly limits?: ConnectionLimits;
}

export interface HttpServer {
  /** @throws Failure cannot-listen, naming the key to change. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Accepts no more, ends WebSockets with 1001, lets requests finish; what is still open after `deadline`
   * milliseconds is cut.
   */
  close(deadline?: number): Promise<void>;
}

function answerFailure(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = failureOf(thrown, request.id);
  if (failure.code === "internal") request.log.error({ err: thrown }, "a request failed");
  const problem = problemOf(failure);
  void reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
}

/** JSON bodies only, an empty one standing for none: `POST /calls/ID/answer` has nothing to say. */
function jsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body.trim() === "") done(null, undefined);
    else void parse(request, body, done);
  });
}

/** A server that listens on every address is at loopback's: only there do browsers hand out a microphone without https. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === "IPv6") return `http://[${address === "::" ? "::1" : address}]:${port}`;
  return `http://${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`;
}

function createFastify({ log, clock, ids, limits = defaultLimits }: HttpServerOptions): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    // Our own line below leaves the query out: it may hold a token.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request" }),
    trustProxy: false,
    bodyLimit: 256 * 1024,
    requestTimeout: limits.request,
    http: {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      connectionsCheckingInterval: limits.check,
    },
    requestIdHeader: false,
    genReqId: () => ids.sortable(clock.now()),
    // What arrived is answered, also while we close.
    return503OnClosing: false,
    clientErrorHandler: answerMalformed,
    frameworkErrors: answerFailure,
  });
  app.server.maxConnections = limits.connections;
  app.setValidatorCompiler(compileValidator);
  // Answers are typed by the contract; a serializer of its own would quietly turn null into "" or drop members.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler((request) => {
    const path = request.url.split("?", 1)[0];
    throw new Failure(
      "not-found",
      `${request.method} ${path} is not among the routes of /api/v1/openapi.json`,
    );
  });
  app.decorateRequest("principal", null);
  app.decorateRequest("stillAllowed", () => Promise.resolve(false));
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    const line = { method, path: url.split("?", 1)[0], status: reply.statusCode };
    request.log.debug({ ...line, ms: Math.round(reply.elapsedTime) }, "answered");
  });
  app.addHook("onSend", async (request, reply) => {
    void reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
  });
  return app;
}

async function apiScope(app: FastifyInstance, options: HttpServerOptions): Promise<void> {
  jsonOnly(app);
  await guard(app, { access: options.access, limits: options.rateLimits ?? defaultRateLimits });
  app.addHook("preValidation", async ({ params, query, body }) => refuseUnsafeText({ params, query, body }));
  app.addHook("onSend", async (_request, reply) => {
    void reply.header("cache-control", "no-store");
  });
  app.get("/openapi.json", { config: { public: true }, schema: { hide: true } }, () => app.swagger());
  for (const plugin of options.api) await app.register(plugin);
}

/** The one HTTP server: REST, events, xml_curl, metrics and pages are plugins of it. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { clock, log, version, ready } = options;
  const app = createFastify(options);
  let closing: Promise<void> | undefined;

  await app.register(websocket, {
    options: {
      maxPayload: 64 * 1024,
      // Without it the client's first one is taken, whatever it is.
      handleProtocols: (offered) => (offered.has(signallingProtocol) ? signallingProtocol : false),
    },
    preClose: (done) => closeSockets(app.websocketServer, done),
    errorHandler: (error, socket) => {
      log.debug({ err: error }, "a WebSocket failed");
      socket.terminate();
    },
  });
  refuseSocketsWhen(app, () => closing !== undefined);
  await collectOpenApi(app, version);
  healthRoutes(app, { version, ready });
  for (const plugin of options.open ?? []) await app.register(plugin);
  await app.register(async (guarded) => {
    admitAddresses(guarded, options.apiAcl);
    await documentationPage(guarded);
    for (const plugin of options.guarded ?? []) await guarded.register(plugin);
    await guarded.register((api) => apiScope(api, options), { prefix: "/api/v1" });
  });
  await app.ready();

  return {
    async listen() {
      try {
        await app.listen({ host: options.http.host, port: options.http.port });
      } catch (thrown) {
        throw cannotListen(thrown, "PATCHCORD_HTTP (http)", options.http);
      }
      const address = app.server.address();
      if (address === null || typeof address === "string") throw new Error("the server has no address");
      return { url: urlOf(address), port: address.port };
    },
    close(deadline = 5_000) {
      closing ??= (async () => {
        const cancel = clock.after(deadline, () => {
          log.warn("requests did not finish in time; their connections are cut");
          for (const socket of app.websocketServer.clients) socket.terminate();
          app.server.closeAllConnections();
        });
        await app.close();
        cancel();
      })();
      return closing;
    },
  };
}

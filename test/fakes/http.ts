import { connect } from "node:net";
import { once } from "node:events";
import { systemClock, systemIds } from "../../src/base/index.ts";
import { Access, type ApiToken, type TokenRepository } from "../../src/core/access/index.ts";
import { createHttpServer, type HttpServer, type HttpServerOptions } from "../../src/edge/server/index.ts";
import { recordingLogger } from "./recording-logger.ts";

/** Tokens in memory. */
class MemoryTokens implements TokenRepository {
  readonly #tokens = new Map<string, ApiToken>();

  async byHash(hash: string): Promise<ApiToken | undefined> {
    return [...this.#tokens.values()].find((token) => token.hash === hash);
  }
  async list(): Promise<ApiToken[]> {
    return [...this.#tokens.values()];
  }
  async add(token: ApiToken): Promise<void> {
    this.#tokens.set(token.id, token);
  }
  async remove(id: string): Promise<boolean> {
    return this.#tokens.delete(id);
  }
}

export const adminToken = "admin-token-of-this-test";

export const newAccess = (clock = systemClock): Access =>
  new Access({ tokens: new MemoryTokens(), adminToken, ids: systemIds, clock });

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly access: Access;
  readonly lines: () => string;
  /** `fetch` with the admin token, or another one, or none for null. */
  call(path: string, init?: RequestInit & { token?: string | null; json?: unknown }): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

/** A real server on a free port of loopback. */
export async function startServer(
  options: Partial<HttpServerOptions> & { access?: Access } = {},
): Promise<RunningServer> {
  const { log, lines } = recordingLogger();
  const access = options.access ?? newAccess();
  const server = await createHttpServer({
    http: { host: "127.0.0.1", port: 0 },
    log,
    clock: systemClock,
    ids: systemIds,
    version: "0.0.0-test",
    apiAcl: [],
    ready: async () => [],
    api: [],
    ...options,
    access,
  });
  const { url, port } = await server.listen();
  return {
    url,
    port,
    server,
    access,
    lines,
    async call(path, { token = adminToken, json, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (token !== null) headers.set("authorization", `Bearer ${token}`);
      if (json !== undefined) headers.set("content-type", "application/json");
      const body = json === undefined ? init.body : JSON.stringify(json);
      const response = await fetch(`${url}${path}`, { ...init, headers, ...(body == null ? {} : { body }) });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get("content-type") ?? "");
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      };
    },
    async [Symbol.asyncDispose]() {
      await server.close(1_000);
    },
  };
}

/** Sends bytes on a connection of its own; resolves with all that comes back until the other side closes. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("utf8");
}

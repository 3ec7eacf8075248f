import type { FastifyInstance } from "fastify";
import type { WebSocketServer } from "ws";
import { Failure } from "../../base/index.ts";

/** Ends every WebSocket with 1001 (RFC 6455 section 7.4.1: going away) and tells when the last one is closed. */
export function closeSockets(server: WebSocketServer, done: () => void): void {
  for (const socket of server.clients) socket.close(1001, "Patchcord is stopping");
  server.close(() => done());
}

/** Refuses to open WebSockets once `closing` holds: nobody would end them. */
export function refuseSocketsWhen(app: FastifyInstance, closing: () => boolean): void {
  app.addHook("onRequest", async (request) => {
    if (request.ws && closing()) throw new Failure("shutting-down", "try again once Patchcord is back");
  });
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyPluginAsync, FastifyReply } from "fastify";

export interface ConsoleOptions {
  /** Where the built pages lie; they may be built, and built anew, while we serve. */
  readonly directory: string;
}

/** Everything from here, nothing written into the document, no frame around it, no address told to others. */
const headers = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    // CSP 3, section 6.7.2.8: 'self' stands for the WebSocket of this host too.
    "connect-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

const assetName = /^[\w-]+(\.[\w-]+)+$/;
const pages = { "/": "index.html", "/phone": "phone.html" } as const;

const notBuilt = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Patchcord: pages not built</title></head>
  <body>
    <h1>The pages are not built</h1>
    <p>Start Patchcord with <code>npm start</code>, which builds them, or run
    <code>node scripts/run.mjs scripts/build-console.mjs</code> beside it and load this page again.
    Everything else works: the API is described at <a href="/api/docs">/api/docs</a>.</p>
  </body>
</html>
`;

const isFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function sendPage(reply: FastifyReply, directory: string, name: string): Promise<FastifyReply> {
  void reply.header("cache-control", "no-store");
  if (await isFile(join(directory, name)))
    return reply.sendFile(name, directory, { cacheControl: false, etag: false, lastModified: false });
  return reply.code(503).type("text/html; charset=utf-8").send(notBuilt);
}

/** The web phone and the page that leads to it, out of what Vite built. Open to everyone: they hold no secret. */
export const consolePlugin =
  ({ directory }: ConsoleOptions): FastifyPluginAsync =>
  async (app) => {
    app.addHook("onSend", async (_request, reply) => {
      void reply.headers(headers);
    });
    await app.register(fastifyStatic, { serve: false });

    app.get<{ Params: { name: string } }>(
      "/assets/:name",
      { schema: { hide: true } },
      async (request, reply) => {
        const { name } = request.params;
        if (!assetName.test(name) || !(await isFile(join(directory, "assets", name))))
          return reply.callNotFound();
        // Their names hold a hash of their content.
        return reply.sendFile(name, join(directory, "assets"), { maxAge: "365d", immutable: true });
      },
    );

    for (const [path, name] of Object.entries(pages)) {
      app.get(path, { schema: { hide: true } }, (_request, reply) => sendPage(reply, directory, name));
    }
    app.get("/phone/", { schema: { hide: true } }, (_request, reply) => reply.redirect("/phone", 301));
  };

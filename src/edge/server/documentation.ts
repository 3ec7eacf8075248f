import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

/** Collects every route that is registered after it into an OpenAPI 3.1 document (`app.swagger()`). */
export async function collectOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Patchcord",
        version,
        description:
          "Times are milliseconds since the epoch. Errors are RFC 9457 problem documents with a stable `code`. Lists are `{items,next}`; `next` is the `cursor` of the following page.",
      },
      servers: [{ url: "/", description: "This Patchcord" }],
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      tags: [
        { name: "calls" },
        { name: "events" },
        { name: "extensions" },
        { name: "switches" },
        { name: "routing" },
        { name: "tokens" },
        { name: "web users" },
        { name: "operation" },
      ],
    },
  });
}

/** Content Security Policy of the page: nothing from elsewhere, and no upgrade to https, which we do not serve. */
const onlyFromHere = {
  "default-src": "'self'",
  "base-uri": "'none'",
  "frame-ancestors": "'none'",
  "img-src": ["'self'", "data:"],
  "object-src": "'none'",
  "script-src-attr": "'none'",
};

/** `/api/docs`: a page over that document, with all its assets from here. */
export async function documentationPage(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: "/api/docs",
    staticCSP: onlyFromHere,
    theme: { title: "Patchcord API" },
    // Its validator is asked of a public site.
    uiConfig: { docExpansion: "list", persistAuthorization: false, validatorUrl: "none" },
  });
}

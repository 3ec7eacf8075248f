import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyPluginAsync } from "fastify";
import { callRoutes } from "./call-routes.ts";
import { explainRoutes } from "./explain-routes.ts";
import { extensionRoutes } from "./extension-routes.ts";
import type { RestDependencies } from "./routes.ts";
import { switchRoutes } from "./switch-routes.ts";
import { tokenRoutes } from "./token-routes.ts";

/** The REST routes of interface.md, to be registered under /api/v1. */
export const restPlugin =
  (dependencies: RestDependencies): FastifyPluginAsync =>
  async (app) => {
    const typed = app.withTypeProvider<TypeBoxTypeProvider>();
    for (const routes of [switchRoutes, extensionRoutes, callRoutes, explainRoutes, tokenRoutes]) {
      routes(typed, dependencies);
    }
  };

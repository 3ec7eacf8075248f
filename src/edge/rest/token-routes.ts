import { TokenCreated, TokenInput, TokenPage, TokenPath, TokenQuery } from "../../contract/index.ts";
import { pageBy } from "./page.ts";
import { created, noContent, problems, type Routes } from "./routes.ts";
import { tokenView } from "./views.ts";

export const tokenRoutes: Routes = (app, { access }) => {
  const tags = ["tokens"];
  const config = { scope: "admin" } as const;

  app.get(
    "/tokens",
    {
      config,
      schema: {
        tags,
        summary: "List the API tokens",
        querystring: TokenQuery,
        response: { 200: TokenPage, ...problems },
      },
    },
    async ({ query }) => {
      const page = pageBy(await access.list(), ({ id }) => id, query);
      return { items: page.items.map(tokenView), next: page.next };
    },
  );
  app.post(
    "/tokens",
    {
      config,
      schema: {
        tags,
        summary: "Make a token; its secret is shown this once",
        body: TokenInput,
        response: { ...created(TokenCreated), ...problems },
      },
    },
    async ({ body }, reply) => {
      const made = await access.create(body);
      return reply.code(201).send({ ...tokenView(made), token: made.token });
    },
  );
  app.delete(
    "/tokens/:id",
    {
      config,
      schema: { tags, summary: "Revoke a token", params: TokenPath, response: { ...noContent, ...problems } },
    },
    async ({ params }, reply) => {
      await access.remove(params.id);
      return reply.code(204).send(null);
    },
  );
};

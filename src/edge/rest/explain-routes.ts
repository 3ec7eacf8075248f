import { ExplainQuery, Explanation } from "../../contract/index.ts";
import { problems, type Routes } from "./routes.ts";

export const explainRoutes: Routes = (app, { explain }) => {
  app.get(
    "/explain",
    {
      config: { scope: "read" },
      schema: {
        tags: ["routing"],
        summary: "What FreeSWITCH would be answered if `from` dialled `to`",
        querystring: ExplainQuery,
        response: { 200: Explanation, ...problems },
      },
    },
    ({ query }) => explain(query),
  );
};

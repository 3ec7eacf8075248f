import { NodePage, NodeQuery, RegistrationPage, RegistrationQuery } from "../../contract/index.ts";
import { pageBy } from "./page.ts";
import { problems, type Routes } from "./routes.ts";
import { nodeView, registrationView } from "./views.ts";

export const switchRoutes: Routes = (app, { nodes, registrations }) => {
  const tags = ["switches"];
  const config = { scope: "read" } as const;

  app.get(
    "/nodes",
    {
      config,
      schema: {
        tags,
        summary: "List the switches",
        querystring: NodeQuery,
        response: { 200: NodePage, ...problems },
      },
    },
    ({ query }) => {
      const page = pageBy(nodes.list(), ({ id }) => id, query);
      return { items: page.items.map(nodeView), next: page.next };
    },
  );
  app.get(
    "/registrations",
    {
      config,
      schema: {
        tags,
        summary: "Phones registered at the switches",
        querystring: RegistrationQuery,
        response: { 200: RegistrationPage, ...problems },
      },
    },
    ({ query }) => {
      // FreeSWITCH tells two phones of one user apart by the Call-ID of their REGISTER.
      const key = (one: (typeof all)[number]): string =>
        `${one.user}@${one.domain} ${one.node} ${one.callId}`;
      const all = registrations.list();
      const page = pageBy(all, key, query);
      return { items: page.items.map(registrationView), next: page.next };
    },
  );
};

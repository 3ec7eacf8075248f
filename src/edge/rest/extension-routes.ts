import { Failure } from "../../base/index.ts";
import {
  BulkInput,
  BulkResult,
  Extension,
  ExtensionCreated,
  ExtensionInput,
  ExtensionPage,
  ExtensionPatch,
  ExtensionPath,
  ExtensionQuery,
} from "../../contract/index.ts";
import type { Extension as Model } from "../../core/extensions/index.ts";
import { limitOf } from "./page.ts";
import { created, noContent, problems, type Routes } from "./routes.ts";
import { extensionView } from "./views.ts";

/** Refuses to rename: a number that stands in the body of PUT or PATCH must be that of the path. */
function fieldsOf(
  number: string,
  { number: named, ...fields }: ExtensionPatch,
): Omit<ExtensionPatch, "number"> {
  if (named !== undefined && named !== number) {
    throw new Failure(
      "invalid-number",
      `the body says ${named}, the path ${number}: an extension cannot be renumbered`,
    );
  }
  return fields;
}

export const extensionRoutes: Routes = (app, { extensions, registrations }) => {
  const view = (extension: Model): Extension =>
    extensionView(extension, registrations.isRegistered(extension.domain, extension.number));
  const viewWith = ({
    extension,
    password,
  }: {
    extension: Model;
    password: string | null;
  }): ExtensionCreated => ({
    ...view(extension),
    ...(password === null ? {} : { password }),
  });
  const read = { scope: "read" } as const;
  const provision = { scope: "provision" } as const;
  const tags = ["extensions"];

  app.get(
    "/extensions",
    {
      config: read,
      schema: {
        tags,
        summary: "List the extensions, ordered by number",
        querystring: ExtensionQuery,
        response: { 200: ExtensionPage, ...problems },
      },
    },
    async ({ query }) => {
      const limit = limitOf(query);
      // One more than asked for tells whether there is a next page.
      const found = await extensions.list({
        limit: limit + 1,
        ...(query.q === undefined ? {} : { query: query.q }),
        ...(query.cursor === undefined ? {} : { after: query.cursor }),
      });
      const items = found.slice(0, limit).map(view);
      return { items, next: found.length > limit ? (items.at(-1)?.number ?? null) : null };
    },
  );
  app.post(
    "/extensions",
    {
      config: provision,
      schema: {
        tags,
        summary: "Provision an extension",
        body: ExtensionInput,
        response: { ...created(ExtensionCreated), ...problems },
      },
    },
    async ({ body }, reply) => {
      const made = await extensions.create(body);
      return reply
        .code(201)
        .header("location", `/api/v1/extensions/${made.extension.number}`)
        .send(viewWith(made));
    },
  );
  app.post(
    "/extensions/bulk",
    {
      config: provision,
      schema: {
        tags,
        summary: "Provision a range, all of it or nothing",
        body: BulkInput,
        response: { 200: BulkResult, ...problems },
      },
    },
    ({ body }) => extensions.bulk(body),
  );
  app.get(
    "/extensions/:number",
    {
      config: read,
      schema: {
        tags,
        summary: "Show an extension",
        params: ExtensionPath,
        response: { 200: Extension, ...problems },
      },
    },
    async ({ params }) => view(await extensions.get(params.number)),
  );
  app.patch(
    "/extensions/:number",
    {
      config: provision,
      schema: {
        tags,
        summary: "Change the fields given",
        params: ExtensionPath,
        body: ExtensionPatch,
        response: { 200: ExtensionCreated, ...problems },
      },
    },
    async ({ params, body }) =>
      viewWith(await extensions.update(params.number, fieldsOf(params.number, body))),
  );
  app.put(
    "/extensions/:number",
    {
      config: provision,
      schema: {
        tags,
        summary:
          "Set every field, to its default where none is given; the password stays unless one is given",
        params: ExtensionPath,
        body: ExtensionPatch,
        response: { 200: ExtensionCreated, ...problems },
      },
    },
    async ({ params, body }) =>
      viewWith(await extensions.replace(params.number, fieldsOf(params.number, body))),
  );
  app.delete(
    "/extensions/:number",
    {
      config: provision,
      schema: {
        tags,
        summary: "Remove an extension",
        params: ExtensionPath,
        response: { ...noContent, ...problems },
      },
    },
    async ({ params }, reply) => {
      await extensions.remove(params.number);
      return reply.code(204).send(null);
    },
  );
};

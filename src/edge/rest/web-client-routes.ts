import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { Failure } from "../../base/index.ts";
import {
  SigningKey,
  SigningKeys,
  WebClientPage,
  WebClientQuery,
  WebClientToken,
  WebClientTokenInput,
  type WebClient,
} from "../../contract/index.ts";
import type { WebTokens } from "../../core/access/index.ts";
import type { Calls } from "../../core/calls/index.ts";
import type { Invitations, OnlineUser } from "../../core/invitations/index.ts";
import type { Traces } from "../../core/traces/index.ts";
import { pageBy } from "./page.ts";
import { created, problems } from "./routes.ts";

export interface WebClientsDependencies {
  readonly tokens: Pick<WebTokens, "issue" | "iceServersFor" | "keys" | "rotate">;
  readonly invitations: Pick<Invitations, "online">;
  readonly calls: Pick<Calls, "get" | "ids">;
  readonly traces: Pick<Traces, "get">;
  /** The name of this Patchcord among the nodes. */
  readonly node: string;
}

const hostForm = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?$/;

/**
 * Where the client reached us, as it writes it. What a proxy in front of us says of the scheme is believed: it is told
 * to nobody but the client that could have sent it itself.
 */
function originOf(request: FastifyRequest): { readonly scheme: "http" | "https"; readonly host: string } {
  const { host, "x-forwarded-proto": forwarded } = request.headers;
  if (host === undefined || !hostForm.test(host)) {
    throw new Failure("invalid-request", "the Host header is missing, or is no HOST:PORT");
  }
  return { scheme: forwarded === "https" || request.protocol === "https" ? "https" : "http", host };
}

/** Which live call each invitation belongs to, by the references that its legs bear. */
function callsByInvitation({ calls, traces }: WebClientsDependencies): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const id of calls.ids({ live: true })) {
    for (const { reference } of calls.get(id)?.legs ?? []) {
      const invitation = reference === null ? undefined : traces.get(reference)?.invitation;
      if (invitation != null) found.set(invitation, id);
    }
  }
  return found;
}

const viewOf = (
  { user, displayName, devices, invitations }: OnlineUser,
  node: string,
  callOf: ReadonlyMap<string, string>,
): WebClient => ({
  user,
  displayName,
  node,
  devices: devices.map(({ id, connectedAt }) => ({ id, connectedAt })),
  invitations: invitations.map((one) => ({
    id: one.id,
    direction: one.direction,
    state: one.state,
    from: { number: one.from.number, name: one.from.name },
    to: one.to,
    startedAt: one.startedAt,
    device: one.device,
    call: callOf.get(one.id) ?? null,
  })),
});

/** Web users: who is online, their tokens and what these are signed with; to be registered under /api/v1. */
export const webClientsPlugin =
  (dependencies: WebClientsDependencies): FastifyPluginAsync =>
  async (untyped) => {
    const { tokens, invitations, node } = dependencies;
    const app = untyped.withTypeProvider<TypeBoxTypeProvider>();
    const tags = ["web users"];

    app.get(
      "/webclients",
      {
        config: { scope: "read" },
        schema: {
          tags,
          summary: "List the web users who are online",
          querystring: WebClientQuery,
          response: { 200: WebClientPage, ...problems },
        },
      },
      async ({ query }) => {
        const page = pageBy(invitations.online(), ({ user }) => user, query);
        const callOf = callsByInvitation(dependencies);
        return { items: page.items.map((one) => viewOf(one, node, callOf)), next: page.next };
      },
    );
    app.post(
      "/webclients/tokens",
      {
        config: { scope: "provision" },
        schema: {
          tags,
          summary: "Make a token with which a browser is a web user",
          description: "Whoever holds it is that user: hand it to nobody else.",
          body: WebClientTokenInput,
          response: { ...created(WebClientToken), ...problems },
        },
      },
      async (request, reply) => {
        const { scheme, host } = originOf(request);
        const made = await tokens.issue(request.body);
        return reply.code(201).send({
          token: made.token,
          expiresAt: made.expiresAt,
          url: `${scheme === "https" ? "wss" : "ws"}://${host}/rtc`,
          phone: `${scheme}://${host}/phone#token=${made.token}`,
          iceServers: tokens.iceServersFor(made),
        });
      },
    );
    app.get(
      "/webclients/keys",
      {
        config: { scope: "admin" },
        schema: {
          tags,
          summary: "List the keys that web users' tokens are signed with, the one in use first",
          response: { 200: SigningKeys, ...problems },
        },
      },
      async () => ({ items: await tokens.keys(), next: null }),
    );
    app.post(
      "/webclients/keys",
      {
        config: { scope: "admin" },
        schema: {
          tags,
          summary: "Sign web users' tokens with a new key",
          description:
            "Tokens of the key before it stay valid; done twice, every token that was given out before is void. Happens by itself once a week.",
          response: { ...created(SigningKey), ...problems },
        },
      },
      async (_request, reply) => reply.code(201).send(await tokens.rotate()),
    );
  };

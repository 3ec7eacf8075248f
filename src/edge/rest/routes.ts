import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import { Type, type TSchema } from "typebox";
import type { Clock } from "../../base/index.ts";
import { type ExplainQuery, type Explanation, Problem } from "../../contract/index.ts";
import type { Access } from "../../core/access/index.ts";
import type { Calls, CallService } from "../../core/calls/index.ts";
import type { EventLog } from "../../core/events/index.ts";
import type { Extensions } from "../../core/extensions/index.ts";
import type { Nodes } from "../../core/nodes/index.ts";
import type { Registrations } from "../../core/registrations/index.ts";
import type { Traces } from "../../core/traces/index.ts";

/** What the routes answer from. */
export interface RestDependencies {
  readonly nodes: Pick<Nodes, "list">;
  readonly registrations: Pick<Registrations, "list" | "isRegistered">;
  readonly extensions: Pick<Extensions, "get" | "list" | "create" | "bulk" | "replace" | "update" | "remove">;
  readonly calls: Pick<Calls, "get" | "ids" | "timeline">;
  readonly callService: Pick<CallService, "dial" | "perform">;
  readonly access: Pick<Access, "create" | "list" | "remove">;
  readonly events: Pick<EventLog, "subscribe">;
  readonly traces: Pick<Traces, "get">;
  /** The routing decision and the document that FreeSWITCH would get. */
  readonly explain: (query: ExplainQuery) => Promise<Explanation>;
  readonly clock: Clock;
}

export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A group of routes. */
export type Routes = (app: TypedApp, dependencies: RestDependencies) => void;

const problemAnswer = {
  description: "A problem document (RFC 9457)",
  content: { "application/problem+json": { schema: Problem } },
};

/** What every route may answer when it fails. */
export const problems = { "4xx": problemAnswer, "5xx": problemAnswer } as const;

export const created = <Schema extends TSchema>(schema: Schema) => ({ 201: schema });
export const accepted = <Schema extends TSchema>(schema: Schema) => ({ 202: schema });
export const noContent = { 204: Type.Null({ description: "Done" }) } as const;

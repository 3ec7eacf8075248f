import { Failure } from "../../base/index.ts";
import {
  CallPage,
  CallPath,
  CallQuery,
  CallWithTimeline,
  DialAccepted,
  DialInput,
  OperationAccepted,
  verbInputs,
  type VerbInput,
  type VerbName,
  verbNames,
  VerbQuery,
} from "../../contract/index.ts";
import type { Call, Verb } from "../../core/calls/index.ts";
import { outcomeOf } from "./outcome.ts";
import { pageBy } from "./page.ts";
import { accepted, problems, type Routes } from "./routes.ts";
import { callView, callWithTimeline } from "./views.ts";

/** The contract's forms of the verbs: assigned to core's, so that the two cannot drift apart. */
type Asked = { [Name in VerbName]: { verb: Name } & VerbInput<Name> }[VerbName];

const summaries: Readonly<Record<VerbName, string>> = {
  hangup: "End the call",
  answer: "Answer the leg that rings in from a phone",
  hold: "Put a leg on hold; the caller's if none is named",
  resume: "Take a leg off hold; the first that is if none is named",
  transfer: "Send a leg to another number, the caller's if none is named; who talked with it is let go",
  bridge: "Connect with another call; the id of the older one stays",
  park: "Park the caller's leg",
  dtmf: "Send digits to a leg; the called party's if none is named",
};

export const callRoutes: Routes = (app, { calls, callService, events, traces, clock }) => {
  const tags = ["calls"];
  const stopping = new AbortController();
  app.addHook("preClose", (done) => {
    stopping.abort(new Failure("shutting-down", "Patchcord stops; the outcome will not be heard"));
    done();
  });

  const found = (id: string): Call => {
    const call = calls.get(id);
    if (call) return call;
    throw new Failure(
      "call-not-found",
      "no call has this id or a leg of this uuid; ended calls are forgotten in time",
    );
  };
  const shown = (call: Call): CallWithTimeline => callWithTimeline(call, calls.timeline(call.id), traces);

  app.post(
    "/calls",
    {
      config: { scope: "calls" },
      schema: {
        tags,
        summary: "Call one side, then connect it with the other",
        body: DialInput,
        response: { ...accepted(DialAccepted), ...problems },
      },
    },
    async ({ body }, reply) => {
      const { id } = await callService.dial(body);
      return reply.code(202).header("location", `/api/v1/calls/${id}`).send({ id });
    },
  );
  app.get(
    "/calls",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "List the calls, the latest first",
        querystring: CallQuery,
        response: { 200: CallPage, ...problems },
      },
    },
    ({ query }) => {
      const { state = "live" } = query;
      const ids = calls.ids(state === "live" ? { live: true } : state === "all" ? {} : { state });
      const page = pageBy(ids, (id) => id, query, "descending");
      return { items: page.items.map((id) => callView(found(id))), next: page.next };
    },
  );
  app.get(
    "/calls/:id",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "Show a call, by its id or the uuid of a leg, with its timeline",
        params: CallPath,
        response: { 200: CallWithTimeline, ...problems },
      },
    },
    ({ params }) => shown(found(params.id)),
  );

  async function perform(
    id: string,
    verb: Verb,
    wait: number | undefined,
    gone: AbortSignal,
  ): Promise<{ code: 202; answer: OperationAccepted } | { code: 200; answer: CallWithTimeline }> {
    const start = (): Promise<OperationAccepted> => callService.perform(id, verb);
    if (wait === undefined) return { code: 202, answer: await start() };
    const signal = AbortSignal.any([gone, stopping.signal]);
    const { data } = await outcomeOf(start, { events, clock, seconds: wait, signal });
    // The call that the outcome tells of: the one asked for may have become part of it.
    return { code: 200, answer: shown(found(String(data["call"]))) };
  }

  const answers = { 200: CallWithTimeline, ...accepted(OperationAccepted), ...problems };
  for (const name of verbNames) {
    app.post(
      `/calls/:id/${name}`,
      {
        config: { scope: "calls" },
        preValidation: async (request) => {
          // oxlint-disable-next-line typescript/no-unnecessary-condition -- no body is no members
          request.body ??= {};
        },
        schema: {
          tags,
          summary: summaries[name],
          params: CallPath,
          querystring: VerbQuery,
          body: verbInputs[name],
          response: answers,
        },
      },
      async (request, reply) => {
        const { params, query, body } = request;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the route is that verb's
        const verb: Verb = { verb: name, ...body } as Asked;
        const { code, answer } = await perform(params.id, verb, query.wait, request.signal);
        return reply.code(code).send(answer);
      },
    );
  }
  app.delete(
    "/calls/:id",
    {
      config: { scope: "calls" },
      schema: { tags, summary: "End the call", params: CallPath, querystring: VerbQuery, response: answers },
    },
    async (request, reply) => {
      const { params, query, signal } = request;
      const { code, answer } = await perform(params.id, { verb: "hangup" }, query.wait, signal);
      return reply.code(code).send(answer);
    },
  );
};

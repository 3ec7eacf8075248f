import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { WebSocket } from "ws";
import { Failure, type Clock } from "../../base/index.ts";
import { EventFrame, EventQuery, GapFrame } from "../../contract/index.ts";
import {
  typeMatcher,
  type EventLog,
  type LoggedEvent,
  type Replay,
  type TypeMatcher,
} from "../../core/events/index.ts";
import {
  defaultOutboxLimits,
  Outbox,
  sendAway,
  tryAgainLater,
  watch,
  type OutboxLimits,
} from "../server/index.ts";

export interface EventsDependencies {
  readonly events: Pick<EventLog, "since" | "subscribe">;
  readonly clock: Clock;
  /** Milliseconds between two pings; a client that answers none is dropped. */
  readonly heartbeat?: number;
  readonly limits?: OutboxLimits;
}

const frames = new WeakMap<LoggedEvent, string>();

/** An event as text, made once however many clients get it. */
function frameOf(event: LoggedEvent): string {
  let frame = frames.get(event);
  if (frame === undefined) {
    const { id, time, type, node, data } = event;
    frame = JSON.stringify({ id, time, type, node, data } satisfies EventFrame);
    frames.set(event, frame);
  }
  return frame;
}

const gapFrame = (since: string): string =>
  JSON.stringify({ type: "events.gap", gap: true, since } satisfies GapFrame);

/** `GET /events`: what happens, as it happens, over a WebSocket; to be registered under /api/v1. */
export const eventsPlugin =
  ({
    events,
    clock,
    heartbeat = 30_000,
    limits = defaultOutboxLimits,
  }: EventsDependencies): FastifyPluginAsync =>
  async (app) => {
    // Read before the upgrade, so that a mistake is answered with a problem document.
    const asked = new WeakMap<FastifyRequest, { match: TypeMatcher; since: string | null }>();

    function serve(socket: WebSocket, request: FastifyRequest): void {
      const { match, since } = asked.get(request) ?? { match: typeMatcher(""), since: null };
      const cleanups: (() => void)[] = [];
      const outbox = new Outbox(socket, limits, () => {
        request.log.warn("a client reads events too slowly; it is sent away");
        cleanups.push(sendAway(socket, clock, tryAgainLater, "too slow: reconnect with since"));
      });
      // In one go, so that no event falls between replay and subscription, and none is sent twice.
      const replay: Replay = events.since(since, match);
      const gap = replay.gap && since !== null ? [() => gapFrame(since)] : [];
      outbox.replay([...gap, ...replay.events.map((event) => () => frameOf(event))]);
      cleanups.push(
        events.subscribe((event) => {
          if (match(event.type)) outbox.push(() => frameOf(event));
        }),
        watch(socket, { clock, heartbeat, stillAllowed: () => request.stillAllowed(), log: request.log }),
      );
      socket.on("close", () => {
        for (const cleanup of cleanups) cleanup();
      });
    }

    app.withTypeProvider<TypeBoxTypeProvider>().route({
      method: "GET",
      url: "/events",
      exposeHeadRoute: false,
      config: { scope: "read" },
      schema: {
        tags: ["events"],
        summary: "WebSocket: what happens, as it happens",
        description:
          "Each frame is one event. With `since`, what is still held after that event is sent first; a frame `events.gap` before it says that some is lost. A client that reads too slowly is closed with 1013.",
        querystring: EventQuery,
        response: { 101: Type.Union([EventFrame, GapFrame], { description: "Frames of the WebSocket" }) },
      },
      preHandler: async (request) => {
        const match = typeMatcher(request.query.types ?? "");
        const since = request.query.since ?? null;
        // Throws for a text that is no id.
        events.since(since, () => false);
        asked.set(request, { match, since });
      },
      handler: () => {
        throw new Failure("upgrade-required", "open this as a WebSocket (Upgrade: websocket)");
      },
      wsHandler: serve,
    });
  };

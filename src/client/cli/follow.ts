import type { CallWithTimeline, DialInput } from "../../contract/index.ts";
import { PatchcordError, type Patchcord } from "../sdk/index.ts";
import { whyUnanswered } from "./words.ts";

const unanswered = (code: string, call: string, detail: string, cause: string | null): PatchcordError => {
  const problem = { code, status: 0, detail: `${call}: ${detail}`, call, cause };
  return new PatchcordError(problem);
};

export interface Following {
  readonly seconds: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Is told the id of the call, once it has one. */
  readonly accepted: (id: string) => void;
}

/**
 * Dials, and follows the call by its events until it is answered.
 * @throws PatchcordError not-answered when it ended before, not-confirmed when it still rings after `seconds`
 */
export async function dialAndFollow(
  server: Patchcord,
  body: DialInput,
  { seconds, signal, accepted }: Following,
): Promise<CallWithTimeline> {
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const events = server.events({
    types: "call.answered,call.ended",
    signal: AbortSignal.any([signal, stop.signal]),
    opened: () => opened.resolve(),
  });
  // Listens before it dials: nothing can happen unheard.
  const first = events.next();
  first.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([opened.promise, first]);
    let { id } = await server.dial(body);
    accepted(id);
    timer = setTimeout(() => stop.abort(), seconds * 1000);
    for (let event = await first; !event.done; event = await events.next()) {
      // A gap tells of no call: then the call itself says how it is.
      if ("id" in event.value && event.value.data["call"] !== id) continue;
      const call = await server.call(id);
      if (call.mergedInto !== null) id = call.mergedInto;
      else if (call.answeredAt !== null) return call;
      else if (call.endedAt !== null)
        throw unanswered("not-answered", id, `not answered: ${whyUnanswered(call)}`, call.cause);
    }
    throw unanswered(
      "not-confirmed",
      id,
      `not answered within ${seconds} s, and not ended; see \`npx patchcord calls ${id}\``,
      null,
    );
  } finally {
    clearTimeout(timer);
    stop.abort();
    await events.return();
  }
}

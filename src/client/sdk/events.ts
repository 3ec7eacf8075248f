import type { EventFrame, GapFrame } from "../../contract/index.ts";
import { PatchcordError } from "./error.ts";
import type { Transport } from "./transport.ts";

export interface EventOptions {
  /** Patterns, comma-separated: `call.*,registration.online`. All but raw switch events if not given. */
  readonly types?: string;
  /** Id of the last event seen: what came after it is sent first. */
  readonly since?: string;
  readonly signal?: AbortSignal;
  /** Called whenever the connection is open. */
  readonly opened?: () => void;
}

export type EventMessage = EventFrame | GapFrame;

const shortestPause = 500;
const longestPause = 15_000;
/** Frames held for a consumer that is slow; what comes after them is asked for again. */
const mostWaiting = 10_000;

const isMessage = (value: unknown): value is EventMessage =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** A frame, or nothing where the other side does not speak as Patchcord does. */
function parse(text: string): EventMessage[] {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? [value] : [];
  } catch {
    return [];
  }
}

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });

/**
 * One connection, frame by frame, until it closes. Resolves to whether it was ever open. With `missed`, a gap comes
 * first: an earlier connection was lost before its first event, so that there is no id to go on from.
 */
async function* connection(
  url: string,
  { signal, opened }: EventOptions,
  missed: boolean,
): AsyncGenerator<EventMessage, boolean, undefined> {
  const waiting: EventMessage[] = [];
  let open = false;
  let closed = false;
  let full = false;
  let wake: (() => void) | undefined;
  const socket = new WebSocket(url);
  const aborted = (): boolean => signal?.aborted === true;
  const stop = (): void => {
    socket.close();
    wake?.();
  };
  socket.addEventListener("open", () => {
    open = true;
    if (missed) waiting.push({ type: "events.gap", gap: true, since: "" });
    wake?.();
    opened?.();
  });
  socket.addEventListener("message", ({ data }) => {
    if (full) return;
    waiting.push(...parse(String(data)));
    if (waiting.length >= mostWaiting) {
      full = true;
      socket.close();
    }
    wake?.();
  });
  // An `error` is always followed by `close`, which tells as much.
  socket.addEventListener("error", () => undefined);
  socket.addEventListener("close", () => {
    closed = true;
    wake?.();
  });
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!aborted()) {
      const message = waiting.shift();
      if (message !== undefined) yield message;
      else if (closed || full) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    return open;
  } finally {
    signal?.removeEventListener("abort", stop);
    socket.close();
  }
}

/** Why the server will not open the WebSocket, which itself does not tell. Resolves when a later try may succeed. */
async function refusal(transport: Transport, query: Record<string, string | undefined>): Promise<void> {
  try {
    await transport.request("GET", "/events", { query });
  } catch (error) {
    if (error instanceof PatchcordError && error.status >= 400 && error.status < 500) {
      if (error.code !== "upgrade-required" && error.code !== "rate-limited") throw error;
    }
  }
}

/**
 * Events as they happen, across lost connections: what was missed is asked for again with `since`, and a gap is told
 * where it cannot be had. Ends when the signal
 * aborts. @throws PatchcordError when the server refuses, or cannot be reached the first time
 */
export async function* events(
  transport: Transport,
  options: EventOptions = {},
): AsyncGenerator<EventMessage> {
  const { signal } = options;
  let since = options.since;
  let wait = shortestPause;
  let everOpen = false;
  const aborted = (): boolean => signal?.aborted === true;
  while (!aborted()) {
    const query = { types: options.types, since };
    const frames = connection(
      transport.socketUrlOf("/events", query),
      options,
      everOpen && since === undefined,
    );
    try {
      for (let next = await frames.next(); ; next = await frames.next()) {
        if (next.done) {
          if (next.value) {
            everOpen = true;
            wait = shortestPause;
          }
          break;
        }
        if ("id" in next.value) since = next.value.id;
        yield next.value;
      }
    } finally {
      // The consumer may leave its loop at any frame: the connection goes with it.
      await frames.return(false);
    }
    if (aborted()) return;
    if (!everOpen) await transport.request("GET", "/nodes", { query: { limit: 1 }, signal });
    await refusal(transport, query);
    await pause(wait, signal);
    wait = Math.min(wait * 2, longestPause);
  }
}

import type { WebSocket } from "ws";
import type { Clock, Logger } from "../../base/index.ts";

// RFC 6455 section 7.4.1 and the IANA registry of close codes.
/** What the client did, or may no longer do, is the reason. */
export const policyViolation = 1008;
export const tryAgainLater = 1013;

/** For a client that reads nothing, the close frame included. */
const closeGrace = 5_000;

export interface WatchOptions {
  readonly clock: Clock;
  /** Milliseconds between two pings; a client that answers none is dropped. */
  readonly heartbeat: number;
  /** Whether the token that opened the connection is still good. */
  readonly stillAllowed: () => Promise<boolean>;
  readonly log: Pick<Logger, "warn">;
}

/** Pings, so that a client that is gone is noticed, and one whose token is void is sent away. The answer ends it. */
export function watch(socket: WebSocket, { clock, heartbeat, stillAllowed, log }: WatchOptions): () => void {
  let alive = true;
  let cancel: (() => void) | undefined;
  socket.on("pong", () => {
    alive = true;
  });
  const beat = async (): Promise<void> => {
    if (!alive) {
      socket.terminate();
      return;
    }
    const allowed = await stillAllowed();
    if (socket.readyState !== socket.OPEN) return;
    if (!allowed) {
      socket.close(policyViolation, "the token is no longer valid");
      return;
    }
    alive = false;
    socket.ping();
    next();
  };
  const next = (): void => {
    cancel = clock.after(heartbeat, () => {
      beat().catch((error: unknown) => {
        log.warn({ err: error }, "a WebSocket's heartbeat failed");
        socket.terminate();
      });
    });
  };
  next();
  return () => cancel?.();
}

/** Closes a socket, and cuts it if the client does not even read that. The answer takes the cut back. */
export function sendAway(socket: WebSocket, clock: Clock, code: number, reason: string): () => void {
  socket.close(code, reason);
  return clock.after(closeGrace, () => socket.terminate());
}

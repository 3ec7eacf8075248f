import { once } from "node:events";
import { WebSocket, type ClientOptions } from "ws";
import { signallingProtocol, type ServerFrame } from "../../src/contract/index.ts";
import type { restWorld } from "./rest.ts";

type World = Awaited<ReturnType<typeof restWorld>>;

/** A web user's device over a real WebSocket. */
export interface RtcClient {
  readonly socket: WebSocket;
  /** The next frame. */
  next(): Promise<ServerFrame>;
  /** Sends a frame, or a text as it is, and gives the next frame that comes. */
  ask(frame: unknown): Promise<ServerFrame>;
  send(frame: unknown): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

const urlOf = (world: World, token: string | null): string =>
  `${world.http.url.replace("http", "ws")}/rtc${token === null ? "" : `?token=${token}`}`;

export async function openRtc(world: World, token: string, options: ClientOptions = {}): Promise<RtcClient> {
  const socket = new WebSocket(urlOf(world, token), [signallingProtocol], options);
  const frames: ServerFrame[] = [];
  const waiting: ((frame: ServerFrame) => void)[] = [];
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as ServerFrame;
    const waiter = waiting.shift();
    if (waiter) waiter(frame);
    else frames.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, "open");
  const next = (): Promise<ServerFrame> => {
    const frame = frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => waiting.push(resolve));
  };
  const send = (frame: unknown): void =>
    socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  return {
    socket,
    next,
    send,
    ask(frame) {
      send(frame);
      return next();
    },
    closed,
  };
}

/** A device that is online: `welcome` and `ready` are read. */
export async function online(
  world: World,
  user: string,
  more: { displayName?: string; ttlSeconds?: number; options?: ClientOptions } = {},
): Promise<RtcClient> {
  const { options, ...input } = more;
  const { token } = await world.webTokens.issue({ user, ...input });
  const client = await openRtc(world, token, options);
  await client.next();
  await client.next();
  return client;
}

/** Status, headers and problem document of a refused upgrade. */
export function refusedRtc(
  world: World,
  token: string | null,
  protocols: string[] = [signallingProtocol],
  options: ClientOptions = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: { code: string; detail: string } }> {
  const socket = new WebSocket(urlOf(world, token), protocols, options);
  return new Promise((resolve, reject) => {
    socket.on("open", () => reject(new Error("it was opened")));
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as { code: string; detail: string },
        }),
      );
    });
  });
}

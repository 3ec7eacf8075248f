import type { Socket } from "node:net";
// @ts-expect-error: modesl is published without types
import modesl from "modesl";

/** What we build on of modesl's Connection; every method named here is replaced by EslConnection. */
interface ModeslConnection {
  /** Null once the peer has ended the stream. */
  readonly socket: Socket | null;
  _onConnect(): void;
  _onError(error: Error): void;
  send(command: string, headers?: Readonly<Record<string, string>>): unknown;
  sendRecv(command: string, headers?: Readonly<Record<string, string>>): unknown;
  api(command: string): unknown;
  bgapi(command: string): unknown;
  disconnect(): void;
}

interface Modesl {
  /** Connects at once; the password is only kept. */
  readonly Connection: new (host: string, port: number, password: string) => ModeslConnection;
}

// eslint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is pinned by the version and the tests
export const { Connection } = modesl as Modesl;

import { Failure } from "../../../../src/base/index.ts";
import type {
  CallControl,
  ChannelCommand,
  Endpoint,
  OriginateRequest,
} from "../../../../src/core/calls/index.ts";

type Settle = { resolve: () => void; reject: (reason: unknown) => void; signal: AbortSignal };

/** A switch that takes what it is asked for and answers when the test says so. */
export class ScriptedControl implements CallControl {
  readonly originated: (Settle & { request: OriginateRequest })[] = [];
  readonly commanded: (Settle & { command: ChannelCommand })[] = [];

  async originate(_: string, request: OriginateRequest, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.originated.push({ request, resolve, reject, signal });
    return promise;
  }

  async command(_: string, command: ChannelCommand, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.commanded.push({ command, resolve, reject, signal });
    return promise;
  }
}

export async function resolveNumber(destination: string): Promise<Endpoint> {
  if (destination.startsWith("0")) return { kind: "webUser", number: destination.slice(1) };
  if (destination === "1999") throw new Failure("extension-not-found", "there is no extension 1999");
  return { kind: "extension", number: destination };
}

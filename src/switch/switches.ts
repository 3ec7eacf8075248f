import { Failure } from "../base/index.ts";
import type { CallControl, ChannelCommand, OriginateRequest } from "../core/calls/index.ts";
import { accepted, safeWord } from "../protocol/esl/index.ts";
import { Link } from "./link.ts";
import { channelCommand, originateCommand, type Numbering } from "./originate.ts";
import type { SwitchAddress, SwitchContext } from "./ports.ts";
import type { Session } from "./session.ts";

export interface SwitchesOptions extends SwitchContext, Omit<Numbering, "issue"> {
  readonly addresses: readonly SwitchAddress[];
  /** In [0, 1), for the jitter of reconnections; Math.random if not given. */
  readonly random?: () => number;
}

/** Beyond the time that the phone may ring: the switch looks the user up and sends the INVITE. */
const originateMargin = 15_000;

/** Keeps every configured switch connected, and asks them for what core wants done. */
export class Switches implements CallControl {
  readonly #links: ReadonlyMap<string, Link>;
  readonly #numbering: Numbering;

  constructor(options: SwitchesOptions) {
    const { addresses, nodes, random = Math.random } = options;
    const links = addresses.map((address) => new Link(address, options, random));
    for (const [index, { host, port }] of addresses.entries())
      nodes.add(links[index]?.node ?? "", host, port);
    this.#links = new Map(links.map((link) => [link.node, link]));
    const { domain, proxyAccount, references } = options;
    this.#numbering = { domain, proxyAccount, issue: (referred) => references.issue(referred) };
  }

  /** Begins to connect; returns at once. */
  start(): void {
    for (const link of this.#links.values()) link.start();
  }

  /** Resolves when every connection is closed. Idempotent; what was asked of a switch meanwhile rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map(async (link) => link.close()));
  }

  /** What was provisioned changed: no switch may answer from its cache any longer. */
  flushDirectory(domain: string, numbers: readonly string[]): void {
    for (const link of this.#links.values()) link.flush(domain, numbers);
  }

  async originate(node: string, request: OriginateRequest, signal: AbortSignal): Promise<void> {
    const command = originateCommand(request, this.#numbering);
    const deadline = request.timeoutSeconds * 1000 + originateMargin;
    const digits = request.to.kind === "app" ? null : request.dtmfAfterAnswer;
    await this.#session(node).originate(command, request.call, digits, { signal, deadline });
  }

  async command(node: string, command: ChannelCommand, signal: AbortSignal): Promise<void> {
    const session = this.#session(node);
    const api = channelCommand(command);
    // uuid_answer may hang when the caller's CANCEL crosses it; a message to the channel does not.
    if (api) accepted(await session.run(api, { signal }));
    else await session.execute(safeWord(command.uuid), "answer", { signal });
  }

  #session(node: string): Session {
    const link = this.#links.get(node);
    if (!link)
      throw new Failure("node-not-found", `There is no switch ${node}; GET /api/v1/nodes lists them.`);
    const { session } = link;
    if (session) return session;
    throw new Failure(
      "switch-unavailable",
      `The switch ${node} is not connected; GET /api/v1/nodes says why.`,
    );
  }
}

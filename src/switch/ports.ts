import type { ChannelEvent, ChannelSnapshot, References } from "../core/calls/index.ts";
import type { Nodes } from "../core/nodes/index.ts";
import type { Registrations } from "../core/registrations/index.ts";
import type { Clock, Ids, Logger, Publish } from "../base/index.ts";

/** What a switch's reports go to; core/calls' ledger is one. */
export interface CallSink {
  apply(event: ChannelEvent): void;
  /**
   * `channels` is all that the node has; legs first heard of after the mark `since` are spared, and so are those in
   * `spared`. Another `core` than before means that every older leg is gone.
   */
  resync(
    node: string,
    core: string,
    channels: readonly ChannelSnapshot[],
    time: number,
    since?: number,
    spared?: ReadonlySet<string>,
  ): void;
  /** The node is away for so long that its calls count as ended, unless it still has them when it returns. */
  giveUpNode(node: string, time: number): void;
  mark(): number;
  confirmGone(node: string, uuids: readonly string[], time: number): void;
  liveLegs(node: string): string[];
  /** Whether a call that we asked for goes on. */
  isLive(id: string): boolean;
}

/** An event socket. */
export interface SwitchAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** What every part that watches a switch works with. */
export interface SwitchContext {
  /** The nonce that our patchcord.conf holds: it proves that a switch asks this very process. */
  readonly instance: string;
  /** The sofia profile whose registrations count. */
  readonly profile: string;
  /** The account that web users' calls come from and go to. */
  readonly proxyAccount: string;
  /** Modules that need our configuration when they load, in the order to load them. */
  readonly modules: readonly string[];
  /** What ties the calls of our user agent to the switch's channels. */
  readonly references: Pick<References, "issue" | "peek">;
  readonly calls: CallSink;
  readonly nodes: Nodes;
  readonly registrations: Registrations;
  /** Told every event of every switch as `switch.EVENT-NAME`, its headers as data. */
  readonly raw: Publish;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "uuid">;
  readonly log: Logger;
}

import { lookup } from "node:dns/promises";
import { cannotListen, type Clock, type Ids, type Logger, type Publish } from "../base/index.ts";
import type { CallControl, ChannelCommand, Calls, References } from "../core/calls/index.ts";
import type { Exchange, PlacedEvents, PlaceRequest, WebSide, WebUsers } from "../core/invitations/index.ts";
import type { Traces } from "../core/traces/index.ts";
import {
  openTransports,
  UserAgent,
  type AgentCounts,
  type TransportEvents,
  type Transports,
} from "../protocol/sip/index.ts";
import { Account } from "./account.ts";
import { IncomingCalls } from "./incoming.ts";
import { LocalCalls } from "./local-calls.ts";
import { createMedia, type Media, type MediaCounts } from "./media/index.ts";
import { OutgoingCalls, type Route } from "./outgoing.ts";
import type { GatewayParts } from "./parts.ts";
import { Sessions } from "./sessions.ts";
import type { GatewaySettings } from "./settings.ts";
import type { SessionState } from "./machine.ts";
import { TrustedAddresses } from "./trusted.ts";

export interface GatewayOptions {
  readonly settings: GatewaySettings;
  readonly version: string;
  readonly webUsers: WebUsers;
  readonly route: Route;
  readonly references: References;
  readonly traces: Pick<Traces, "open">;
  readonly calls: Pick<Calls, "apply">;
  readonly publish: Publish;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** What carries the media; our own if not given. */
  readonly media?: Media;
  /** The addresses of a host; the system's resolver if not given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface GatewayCounts {
  readonly sessions: Partial<Record<SessionState, number>>;
  readonly media: MediaCounts;
  readonly sip: AgentCounts;
  /** Whether the proxy account is registered; null where there is no switch. */
  readonly registered: boolean | null;
}

/** Milliseconds that calls may take to end when we stop: a switch that is there confirms a BYE at once. */
const endWithin = 3_000;
/** For un-registering, meanwhile; what is left then the user agent ends, in seconds of its own. */
const unregisterWithin = 2_000;

const noSip: AgentCounts = { transactions: 0, dialogs: 0, timers: 0, dropped: 0 };

const resolveHost = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

const mediaOf = (
  { settings, clock, ids, log }: GatewayOptions,
  trusted: Pick<TrustedAddresses, "list">,
): Media => {
  const { sip, publicIp, rtpPorts: ports, mediaTimeoutSeconds } = settings;
  return createMedia({
    sip,
    ...(publicIp === null ? {} : { publicIp }),
    ports,
    mediaTimeoutSeconds,
    switches: () => trusted.list(),
    clock,
    ids,
    log,
  });
};

/**
 * Web users' calls, among one another and with the switch: our SIP user agent, the proxy account that it registers as,
 * and a session for each call. Closed in this order: calls, registration, user agent, media.
 */
export class Gateway implements Exchange, Pick<CallControl, "command"> {
  readonly #o: GatewayOptions;
  readonly #media: Media;
  readonly #trusted: TrustedAddresses;
  readonly #sessions: Sessions;
  readonly #localCalls: LocalCalls;
  readonly #account: Account | null;
  readonly #incoming: IncomingCalls;
  readonly #outgoing: OutgoingCalls;
  #agent: UserAgent | null = null;
  /** Packets and connections from strangers. */
  #refused = (): number => 0;
  #closing: Promise<void> | null = null;

  constructor(options: GatewayOptions) {
    const { settings, clock, ids, log, calls } = options;
    this.#o = options;
    this.#trusted = new TrustedAddresses({
      hosts: [settings.switchSip.host, ...settings.switches.map(({ host }) => host)],
      resolve: options.resolve ?? resolveHost,
      clock,
      log,
    });
    const media = options.media ?? mediaOf(options, this.#trusted);
    this.#media = media;
    this.#sessions = new Sessions({ media, clock, log });
    this.#localCalls = new LocalCalls({ calls, clock, ids });
    this.#account = settings.switches.length === 0 ? null : new Account(options);
    const parts: GatewayParts = { ...options, media, sessions: this.#sessions, localCalls: this.#localCalls };
    this.#incoming = new IncomingCalls(parts);
    this.#outgoing = new OutgoingCalls({ ...parts, route: options.route, agent: () => this.#agent });
  }

  /** Listens, and registers with the switch if there is one. @throws Failure cannot-listen */
  async start(): Promise<void> {
    const { settings, version, clock, ids, log } = this.#o;
    await this.#trusted.refresh();
    try {
      this.#agent = await UserAgent.open({
        listen: (events) => this.#listen(events),
        clock,
        ids,
        log,
        userAgent: `Patchcord/${version}`,
        contactUser: settings.proxyAccount,
        admit: ({ remote }) => this.#trusted.has(remote.host),
        handlers: { invite: (call) => this.#incoming.take(call) },
      });
    } catch (thrown) {
      throw cannotListen(thrown, "PATCHCORD_SIP (sip)", settings.sip);
    }
    this.#account?.open(this.#agent);
  }

  async #listen(events: TransportEvents): Promise<Transports> {
    const { settings, clock, log } = this.#o;
    const admit = ({ host }: { readonly host: string }): boolean => this.#trusted.has(host);
    const transports = await openTransports({ ...settings.sip, clock, admit }, events, log);
    this.#refused = () => transports.UDP.counts().refused + transports.TCP.counts().refused;
    return transports;
  }

  place(request: PlaceRequest, told: PlacedEvents): WebSide {
    return this.#outgoing.place(request, told);
  }

  /** Of calls of one web user to another. Rejects with `leg-not-found`, `verb-not-allowed`. */
  async command(_node: string, command: ChannelCommand): Promise<void> {
    this.#localCalls.command(command);
    return Promise.resolve();
  }

  /** Why the switch cannot call web users, in words; null where it can, and where there is no switch. */
  get trouble(): string | null {
    return this.#account?.trouble ?? null;
  }

  /** A switch came up, or lost our registration: it is told again where web users are called. */
  switchReturned(): void {
    void this.#trusted.refresh();
    this.#account?.refresh();
  }

  counts(): GatewayCounts {
    const sip = this.#agent?.counts() ?? noSip;
    return {
      sessions: this.#sessions.counts(),
      media: this.#media.counts(),
      sip: { ...sip, dropped: sip.dropped + this.#refused() },
      registered: this.#account && this.#account.trouble === null,
    };
  }

  /** Idempotent. Takes some seconds where the switch does not answer. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What fails to close keeps nothing after it open. */
  async #close(): Promise<void> {
    await using closing = new AsyncDisposableStack();
    closing.defer(() => this.#trusted.close());
    closing.defer(() => this.#media.close());
    closing.defer(() => this.#agent?.close());
    await Promise.all([
      this.#sessions.close(endWithin),
      this.#within(unregisterWithin, this.#account?.close()),
    ]);
  }

  async #within(milliseconds: number, work: Promise<void> | undefined): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#o.clock.after(milliseconds, late.resolve);
    await Promise.race([work, late.promise]);
    cancel();
  }
}

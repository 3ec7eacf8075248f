import { setImmediate as turn } from "node:timers/promises";
import { silentLogger, systemIds, type DomainEvent, type Logger } from "../../../src/base/index.ts";
import { Calls, References, webParty } from "../../../src/core/calls/index.ts";
import { Invitations, type ClientMessage, type WebClient } from "../../../src/core/invitations/index.ts";
import { Traces } from "../../../src/core/traces/index.ts";
import { IncomingCalls } from "../../../src/gateway/incoming.ts";
import { LocalCalls } from "../../../src/gateway/local-calls.ts";
import { OutgoingCalls, type Destination } from "../../../src/gateway/outgoing.ts";
import type { GatewayParts } from "../../../src/gateway/parts.ts";
import { Sessions } from "../../../src/gateway/sessions.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";
import { FakeMedia } from "../../fakes/media.ts";
import { FakeAgent } from "../../fakes/sip-agent.ts";

/** A web user's device that writes down what it is told. */
export class Device implements WebClient {
  readonly session: string;
  readonly user: string;
  readonly displayName: string;
  readonly told: ClientMessage[] = [];

  constructor(user: string, displayName: string, session = `session-${user}`) {
    this.session = session;
    this.user = user;
    this.displayName = displayName;
  }

  tell(message: ClientMessage): void {
    this.told.push(message);
  }

  /** In words: `state received`, `answer`, `ended USER_BUSY` … */
  get words(): string[] {
    return this.told
      .filter(({ type }) => type !== "ready")
      .map((message) => {
        if (message.type === "state") return ["state", message.state, message.cause ?? ""].join(" ").trim();
        if (message.type === "ended") return `ended ${message.cause} by ${message.by}`;
        return message.type === "dtmf" ? `dtmf ${message.digits}` : message.type;
      });
  }

  last<Type extends ClientMessage["type"]>(type: Type): Extract<ClientMessage, { type: Type }> {
    const found = this.told.findLast((message) => message.type === type);
    if (!found) throw new Error(`${this.user} was told of no ${type}, but ${this.words.join()}`);
    return found as Extract<ClientMessage, { type: Type }>;
  }
}

/** The gateway's calls with true invitations, references, traces and a ledger, on media and SIP that the test plays. */
export class Rig {
  readonly clock = new ManualClock();
  readonly media = new FakeMedia();
  readonly agent = new FakeAgent();
  readonly published: DomainEvent[] = [];
  readonly references = new References({ ids: systemIds, clock: this.clock });
  readonly traces = new Traces({ clock: this.clock });
  readonly sessions: Sessions;
  readonly calls = new Calls({
    publish: (event) => void this.published.push(event),
    webUserOf: (reference, bearer) => {
      const referred = this.references.claim(reference, bearer);
      return referred && webParty(referred);
    },
  });
  readonly invitations: Invitations;
  readonly outgoing: OutgoingCalls;
  readonly incoming: IncomingCalls;
  readonly localCalls: LocalCalls;
  destination: Destination = { kind: "switch" };

  constructor(log: Logger = silentLogger) {
    this.sessions = new Sessions({ media: this.media, clock: this.clock, log });
    this.invitations = new Invitations({
      exchange: { place: (request, told) => this.outgoing.place(request, told) },
      publish: (event) => void this.published.push(event),
      clock: this.clock,
      ids: systemIds,
      log,
      ringSeconds: 30,
    });
    this.localCalls = new LocalCalls({ calls: this.calls, clock: this.clock, ids: systemIds });
    const parts: GatewayParts = {
      settings: {
        sip: { host: "127.0.0.1", port: 5090 },
        switchSip: { host: "127.0.0.1", port: 5060 },
        switches: [{ host: "127.0.0.1" }],
        domain: "pbx.test",
        proxyAccount: "1000",
        proxySecret: "secret",
        ringSeconds: 30,
        publicIp: null,
        rtpPorts: { from: 40_000, to: 40_100 },
        mediaTimeoutSeconds: 15,
      },
      sessions: this.sessions,
      media: this.media,
      webUsers: this.invitations,
      references: this.references,
      traces: this.traces,
      localCalls: this.localCalls,
      clock: this.clock,
      ids: systemIds,
      log,
    };
    this.incoming = new IncomingCalls(parts);
    this.outgoing = new OutgoingCalls({
      ...parts,
      route: () => Promise.resolve(this.destination),
      agent: () => this.agent,
    });
  }

  connect(user: string, displayName = `User ${user}`): Device {
    const device = new Device(user, displayName);
    this.invitations.connect(device);
    return device;
  }

  /** A reference as the dialplan issues it for a call to the web user. */
  referenceTo(user: string): string {
    return this.references.issue({ kind: "to-web-user", user, uuid: null, number: `0${user}` });
  }

  /** Nothing is left of any call. */
  get leftovers(): unknown {
    return {
      sessions: this.sessions.counts(),
      legs: this.media.counts().legs,
      traces: this.traces.counts().live,
      references: this.references.counts().inUse,
      invitations: this.invitations.counts().invitations,
    };
  }
}

export const nothing = { sessions: {}, legs: 0, traces: 0, references: 0, invitations: 0 };

/** Lets everything that was begun come to where it waits for the outside. */
export async function settle(): Promise<void> {
  for (let times = 0; times < 5; times += 1) await turn();
}

import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import {
  openTransports,
  UserAgent,
  type AgentCounts,
  type Credentials,
  type Flow,
  type InviteOptions,
  type OutgoingInvite,
  type Protocol,
  type RegistrationHandlers,
  type Registration,
  type SipAddress,
  type SipMessage,
  type Transport,
  type Transports,
  type UserAgentOptions,
} from "../../src/protocol/sip/index.ts";
import { nameOf } from "./sip-network.ts";
import { Told } from "./sip-told.ts";

const host = "127.0.0.1";

/** A description that offers G.711, and telephone-events as a rule, at a port where nobody listens. */
export const description = (direction = "sendrecv", version = 1, events = true): string =>
  [
    "v=0",
    `o=- 1 ${version} IN IP4 ${host}`,
    "s=-",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio 39998 RTP/AVP 0${events ? " 101" : ""}`,
    "a=rtpmap:0 PCMU/8000",
    ...(events ? ["a=rtpmap:101 telephone-event/8000"] : []),
    `a=${direction}`,
    "",
  ].join("\r\n");

/** A user agent of ours on real sockets of loopback, and what it was told. */
export class Station {
  readonly agent: UserAgent;
  readonly told: Told;
  readonly port: number;
  /** Every message, `>` for what was sent and `<` for what was received. */
  readonly traffic: { readonly way: ">" | "<"; readonly message: SipMessage }[];

  private constructor(
    agent: UserAgent,
    told: Told,
    port: number,
    traffic: { way: ">" | "<"; message: SipMessage }[],
  ) {
    this.agent = agent;
    this.told = told;
    this.port = port;
    this.traffic = traffic;
  }

  /** `lost`: which of what is sent, and which of what is received, is not. */
  static async open(
    options: Partial<UserAgentOptions> = {},
    lost: { readonly sent?: () => boolean; readonly received?: () => boolean } = {},
  ): Promise<Station> {
    const told = new Told();
    const traffic: { way: ">" | "<"; message: SipMessage }[] = [];
    let port = 0;
    const lossy = (transport: Transport): Transport => ({
      local: transport.local,
      send: async (message: SipMessage, to: SipAddress): Promise<Flow> => {
        traffic.push({ way: ">", message });
        if (!lost.sent?.()) return transport.send(message, to);
        return { local: { ...transport.local, protocol: to.protocol }, remote: to };
      },
      close: async () => transport.close(),
    });
    const agent = await UserAgent.open({
      listen: async (events): Promise<Transports> => {
        const watched = {
          message: (message: SipMessage, flow: Flow): void => {
            if (lost.received?.()) return;
            traffic.push({ way: "<", message });
            events.message(message, flow);
          },
          disconnected: (flow: Flow, reason: string): void => events.disconnected(flow, reason),
        };
        const { UDP, TCP } = await openTransports(
          { host, port: 0, clock: systemClock },
          watched,
          silentLogger,
        );
        port = UDP.local.port;
        return { UDP: lossy(UDP), TCP: lossy(TCP) };
      },
      clock: systemClock,
      ids: systemIds,
      log: silentLogger,
      userAgent: "patchcord/test",
      contactUser: "station",
      admit: ({ remote }) => remote.host === host,
      handlers: { invite: (call) => told.ring(call) },
      ...options,
    });
    return new Station(agent, told, port, traffic);
  }

  /** `>INVITE <100 INVITE …` */
  get names(): string[] {
    return this.traffic.map(({ way, message }) => `${way}${nameOf(message)}`);
  }

  /** The latest message of that name, as in `<200 INVITE`. */
  message(name: string): SipMessage {
    const found = this.traffic.findLast(({ way, message }) => `${way}${nameOf(message)}` === name);
    if (!found) throw new Error(`no ${name} among ${this.names.join(", ")}`);
    return found.message;
  }

  invite(
    port: number,
    options: Partial<InviteOptions> & {
      readonly number: string;
      readonly domain: string;
      readonly as: string;
    },
    protocol: Protocol = "UDP",
  ): OutgoingInvite {
    const { number, domain, as, ...rest } = options;
    this.told.invite = this.agent.invite(
      {
        target: `sip:${number}@${domain}`,
        to: { protocol, host, port },
        from: { displayName: `Station ${as}`, uri: `sip:${as}@${domain}` },
        sdp: description(),
        ...rest,
      },
      this.told.outgoing,
    );
    return this.told.invite;
  }

  register(
    port: number,
    domain: string,
    credentials: Credentials,
    handlers: RegistrationHandlers,
    protocol: Protocol = "UDP",
  ): Registration {
    return this.agent.register(
      {
        registrar: `sip:${domain}`,
        to: { protocol, host, port },
        uri: `sip:${credentials.username}@${domain}`,
        credentials,
        expires: 120,
      },
      handlers,
    );
  }

  get counts(): AgentCounts {
    return this.agent.counts();
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

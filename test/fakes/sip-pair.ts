import { silentLogger } from "../../src/base/index.ts";
import {
  UserAgent,
  type IncomingInvite,
  type InviteOptions,
  type OutgoingInvite,
  type Protocol,
  type SipAddress,
  type UserAgentOptions,
} from "../../src/protocol/sip/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { SipNetwork } from "./sip-network.ts";
import { Told } from "./sip-told.ts";

export const offer = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
export const answer = "v=0\r\no=- 2 1 IN IP4 10.0.0.2\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/** Secrets that are none: t1, t2 … of each agent's own. */
export function countedIds(prefix: string): { secret(): string } {
  let count = 0;
  return { secret: () => `${prefix}${(count += 1)}` };
}

export interface Side {
  readonly agent: UserAgent;
  readonly address: SipAddress;
  readonly told: Told;
  /** What is done with a call that comes in, beside noting it. */
  onInvite: (call: IncomingInvite) => void;
}

/** Two agents on one network in memory; the caller's address is 10.0.0.1:5060, the callee's 10.0.0.2:5060. */
export class Pair {
  readonly clock = new ManualClock();
  readonly network = new SipNetwork(this.clock);
  readonly protocol: Protocol;
  caller!: Side;
  callee!: Side;

  private constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  static async open(protocol: Protocol = "UDP", options: Partial<UserAgentOptions> = {}): Promise<Pair> {
    const pair = new Pair(protocol);
    pair.caller = await pair.#side("10.0.0.1", "a", options);
    pair.callee = await pair.#side("10.0.0.2", "b", options);
    return pair;
  }

  async #side(host: string, name: string, options: Partial<UserAgentOptions>): Promise<Side> {
    const told = new Told();
    const address = { protocol: this.protocol, host, port: 5060 } as const;
    const agent = await UserAgent.open({
      listen: async (events) => ({
        [this.protocol]: this.network.transport(this.protocol, host, 5060, events),
      }),
      clock: this.clock,
      ids: countedIds(name),
      random: () => 0.5,
      log: silentLogger,
      userAgent: `test ${name}`,
      contactUser: name,
      admit: () => true,
      handlers: {
        invite: (call) => {
          told.ring(call);
          side.onInvite(call);
        },
      },
      ...options,
    });
    const side: Side = { agent, address, told, onInvite: () => undefined };
    return side;
  }

  /** The caller calls. */
  invite(options: Partial<InviteOptions> = {}): OutgoingInvite {
    const { agent, told } = this.caller;
    told.invite = agent.invite(
      {
        target: "sip:b@10.0.0.2",
        to: this.callee.address,
        from: { displayName: "Alice", uri: "sip:a@example.org" },
        sdp: offer,
        ...options,
      },
      told.outgoing,
    );
    return told.invite;
  }

  /** Both sides' live things; all zero when nothing is left. */
  left(): Record<string, number> {
    const [one, other] = [this.caller.agent.counts(), this.callee.agent.counts()];
    return {
      transactions: one.transactions + other.transactions,
      dialogs: one.dialogs + other.dialogs,
      timers: one.timers + other.timers,
    };
  }
}

export const nothingLeft = { transactions: 0, dialogs: 0, timers: 0 };

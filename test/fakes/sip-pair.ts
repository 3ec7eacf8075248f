import { silentLogger, type Logger } from "../../src/base/index.ts";
import {
  UserAgent,
  type Dialog,
  type DialogHandlers,
  type Headers,
  type IncomingInvite,
  type IncomingOffer,
  type IncomingRefer,
  type InviteOptions,
  type OutgoingInvite,
  type Protocol,
  type SipAddress,
  type UserAgentOptions,
} from "../../src/protocol/sip/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { SipNetwork } from "./sip-network.ts";

export const offer = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
export const answer = "v=0\r\no=- 2 1 IN IP4 10.0.0.2\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/** Secrets that are none: t1, t2 … of each agent's own. */
export function countedIds(prefix: string): { secret(): string } {
  let count = 0;
  return { secret: () => `${prefix}${(count += 1)}` };
}

/** Everything that one side of a call was told, in words, and what it can do. */
export class Told {
  readonly events: string[] = [];
  dialog: Dialog | undefined;
  invite: OutgoingInvite | undefined;
  incoming: IncomingInvite | undefined;
  offer: IncomingOffer | undefined;
  refer: IncomingRefer | undefined;
  headers: Headers | null = null;

  readonly dialogHandlers: DialogHandlers = {
    bye: (headers) => {
      this.headers = headers;
      this.events.push("bye");
    },
    lost: (reason) => this.events.push(`lost: ${reason}`),
    reinvite: (offered) => {
      this.offer = offered;
      this.events.push(`reinvite ${offered.sdp === null ? "without sdp" : "with sdp"}`);
    },
    digit: ({ digit, milliseconds }) => this.events.push(`digit ${digit} ${milliseconds}`),
    info: ({ contentType, body }) =>
      this.events.push(`info ${contentType} ${Buffer.from(body).toString("utf8")}`),
    refer: (refer) => {
      this.refer = refer;
      this.events.push(`refer ${refer.to}`);
    },
  };

  take(dialog: Dialog): Dialog {
    this.dialog = dialog;
    dialog.handle(this.dialogHandlers);
    return dialog;
  }

  /** The dialog, which there is. */
  get call(): Dialog {
    if (!this.dialog) throw new Error(`there is no dialog after ${this.events.join(", ")}`);
    return this.dialog;
  }

  get ringing(): IncomingInvite {
    if (!this.incoming) throw new Error(`no call came: ${this.events.join(", ")}`);
    return this.incoming;
  }
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
      log: silentLogger as Logger,
      userAgent: `test ${name}`,
      contactUser: name,
      admit: () => true,
      handlers: {
        invite: (call) => {
          told.incoming = call;
          told.events.push("invite");
          call.handle({
            canceled: (headers) => {
              told.headers = headers;
              told.events.push("canceled");
            },
          });
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
      {
        provisional: ({ status, sdp }) => told.events.push(`${status}${sdp === null ? "" : " with sdp"}`),
        accepted: ({ dialog, sdp }) => {
          told.events.push(`accepted${sdp === null ? "" : " with sdp"}`);
          told.take(dialog);
        },
        rejected: ({ status, headers }) => {
          told.headers = headers;
          told.events.push(`rejected ${status}`);
        },
      },
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

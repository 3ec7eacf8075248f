import { silentLogger } from "../../src/base/index.ts";
import {
  Headers,
  reasonPhrase,
  UserAgent,
  type Flow,
  type HeaderPair,
  type InviteOptions,
  type OutgoingInvite,
  type Protocol,
  type SipAddress,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type Transport,
  type TransportEvents,
  type UserAgentOptions,
} from "../../src/protocol/sip/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { advance, nameOf, SipNetwork } from "./sip-network.ts";
import { countedIds, offer } from "./sip-pair.ts";
import { Told } from "./sip-told.ts";

export interface Written {
  readonly headers?: readonly HeaderPair[];
  readonly body?: string;
}

const sdpHeader: HeaderPair = ["Content-Type", "application/sdp"];

/** A peer without a mind of its own: it says what the test has it say. At 10.0.0.9:5060. */
export class SipPeer {
  readonly received: SipMessage[] = [];
  readonly address: SipAddress;
  readonly contact: string;
  #transport!: Transport;
  readonly #to: SipAddress;
  #branches = 0;

  constructor(network: SipNetwork, protocol: Protocol, to: SipAddress) {
    this.address = { protocol, host: "10.0.0.9", port: 5060 };
    this.contact = `<sip:peer@10.0.0.9:5060${protocol === "TCP" ? ";transport=tcp" : ""}>`;
    this.#to = to;
    this.#transport = network.transport(protocol, "10.0.0.9", 5060, {
      message: (message) => void this.received.push(message),
      disconnected: () => undefined,
    });
  }

  /** Names of what came, in order. */
  get names(): string[] {
    return this.received.map(nameOf);
  }

  /** The same without what came again. */
  get distinct(): string[] {
    const seen = new Set<string>();
    return this.received.flatMap((message) => {
      const name = nameOf(message);
      const key = `${name} ${message.headers.get("Via")}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [name];
    });
  }

  /** The latest request of that method. */
  request(method: string): SipRequest {
    const found = this.received.findLast((one) => one.kind === "request" && one.method === method);
    if (found?.kind !== "request") throw new Error(`no ${method} came: ${this.names.join(", ")}`);
    return found;
  }

  /** The latest response to that method. */
  response(method: string): SipResponse {
    const found = this.received.findLast(
      (one) => one.kind === "response" && one.headers.get("CSeq")?.endsWith(method),
    );
    if (found?.kind !== "response") throw new Error(`nothing answered ${method}: ${this.names.join(", ")}`);
    return found;
  }

  async send(message: SipMessage): Promise<void> {
    await this.#transport.send(message, this.#to);
  }

  /** Answers a request; `tag` goes to a To that has none. */
  async answer(
    request: SipRequest,
    status: number,
    { headers = [], body = "", tag = "peer" }: Written & { tag?: string } = {},
  ): Promise<void> {
    const to = request.headers.get("To") ?? "";
    const all = Headers.of([
      ...request.headers.all("Via").map((via) => ["Via", via] as const),
      ["From", request.headers.get("From") ?? ""],
      ["To", to.includes(";tag=") || status === 100 ? to : `${to};tag=${tag}`],
      ["Call-ID", request.headers.get("Call-ID") ?? ""],
      ["CSeq", request.headers.get("CSeq") ?? ""],
      ...(headers.some(([name]) => name === "Contact") ? [] : [["Contact", this.contact] as const]),
      ...headers,
      ...(body === "" || headers.some(([name]) => name === "Content-Type") ? [] : [sdpHeader]),
    ]);
    for (const [name, value] of headers) if (value === "" && all.count(name) === 1) all.delete(name);
    await this.send({
      kind: "response",
      status,
      reason: reasonPhrase(status),
      headers: all,
      body: Buffer.from(body),
    });
  }

  /** A request of its own; `headers` take the place of the usual ones. */
  async ask(method: string, uri: string, { headers = [], body = "" }: Written = {}): Promise<SipRequest> {
    this.#branches += 1;
    const usual: HeaderPair[] = [
      ["Via", `SIP/2.0/${this.address.protocol} 10.0.0.9:5060;branch=z9hG4bKpeer${this.#branches}`],
      ["Max-Forwards", "70"],
      ["From", "<sip:peer@example.org>;tag=peer"],
      ["To", "<sip:us@10.0.0.1>"],
      ["Call-ID", "peer-call"],
      ["CSeq", `1 ${method}`],
      ["Contact", this.contact],
      ...(body === "" ? [] : [sdpHeader]),
    ];
    const given = new Set(headers.map(([name]) => name));
    const all = Headers.of([...usual.filter(([name]) => !given.has(name)), ...headers]);
    // A header given as empty is left out.
    for (const [name, value] of headers) if (value === "") all.delete(name);
    const request: SipRequest = { kind: "request", method, uri, headers: all, body: Buffer.from(body) };
    await this.send(request);
    return request;
  }

  /** A request in the dialog that our INVITE, answered by this peer, made. */
  async askIn(
    invite: SipRequest,
    method: string,
    cseq: number,
    { headers = [], body = "" }: Written = {},
  ): Promise<SipRequest> {
    const to = invite.headers.get("To") ?? "";
    return this.ask(method, "sip:us@10.0.0.1:5060", {
      headers: [
        ["From", to.includes(";tag=") ? to : `${to};tag=peer`],
        ["To", invite.headers.get("From") ?? ""],
        ["Call-ID", invite.headers.get("Call-ID") ?? ""],
        ["CSeq", `${cseq} ${method}`],
        ...headers,
      ],
      body,
    });
  }
}

/** An agent at 10.0.0.1:5060 and a peer that a test speaks for. */
export class Scene {
  readonly clock = new ManualClock();
  readonly network = new SipNetwork(this.clock);
  readonly told = new Told();
  readonly protocol: Protocol;
  readonly peer: SipPeer;
  agent!: UserAgent;
  #events: TransportEvents | undefined;

  private constructor(protocol: Protocol) {
    this.protocol = protocol;
    this.peer = new SipPeer(this.network, protocol, { protocol, host: "10.0.0.1", port: 5060 });
  }

  static async open(options: Partial<UserAgentOptions> = {}, protocol: Protocol = "UDP"): Promise<Scene> {
    const scene = new Scene(protocol);
    const { told, network, clock } = scene;
    scene.agent = await UserAgent.open({
      listen: async (events) => {
        scene.#events = events;
        return {
          UDP: network.transport("UDP", "10.0.0.1", 5060, events),
          TCP: network.transport("TCP", "10.0.0.1", 5060, events),
        };
      },
      clock,
      ids: countedIds("u"),
      random: () => 0.5,
      log: silentLogger,
      userAgent: "patchcord/test",
      contactUser: "us",
      admit: () => true,
      handlers: {
        invite: (call) => told.ring(call),
      },
      ...options,
    });
    return scene;
  }

  /** Tells the agent that a connection is gone. */
  drop(flow: Flow): void {
    this.#events?.disconnected(flow, "gone");
  }

  async pass(milliseconds = 10): Promise<void> {
    await advance(this.clock, milliseconds);
  }

  /** Our call to the peer. */
  invite(options: Partial<InviteOptions> = {}): OutgoingInvite {
    const { told } = this;
    told.invite = this.agent.invite(
      {
        target: "sip:peer@10.0.0.9",
        to: this.peer.address,
        from: { uri: "sip:us@example.org" },
        sdp: offer,
        ...options,
      },
      told.outgoing,
    );
    return told.invite;
  }

  /** Our call, answered by the peer: its INVITE. */
  async established(headers: readonly HeaderPair[] = [], body = offer): Promise<SipRequest> {
    this.invite();
    await this.pass();
    const invite = this.peer.request("INVITE");
    await this.peer.answer(invite, 200, { headers, body });
    await this.pass();
    return invite;
  }

  /** The peer's call, which the application has been told of. */
  async called(headers: readonly HeaderPair[] = [], body = offer): Promise<SipRequest> {
    const invite = await this.peer.ask("INVITE", "sip:us@10.0.0.1:5060", { headers, body });
    await this.pass();
    return invite;
  }

  /** Headers of a request in the dialog of the peer's call. */
  dialogHeaders(method: string, cseq: number): HeaderPair[] {
    const to = this.peer.response("INVITE").headers.get("To") ?? "";
    return [
      ["To", to],
      ["CSeq", `${cseq} ${method}`],
    ];
  }

  /** What is still alive after everything that lingers has gone. */
  async left(): Promise<{ transactions: number; dialogs: number; timers: number }> {
    await this.pass(400_000);
    const { transactions, dialogs, timers } = this.agent.counts();
    return { transactions, dialogs, timers };
  }
}

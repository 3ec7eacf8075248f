import { createHash } from "node:crypto";
import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import {
  openTransports,
  UserAgent,
  type IncomingInvite,
  type InviteOptions,
  type OutgoingHandlers,
  type OutgoingInvite,
  type SipRequest,
  type SipResponse,
  type Transports,
} from "../../src/protocol/sip/index.ts";
import { Headers } from "../../src/protocol/sip/index.ts";

interface SwitchOptions {
  readonly host?: string;
  /** 0: any. */
  readonly port?: number;
  readonly domain: string;
  readonly account: string;
  readonly password: string;
}

const hash = (text: string): string => createHash("md5").update(text).digest("hex");

/** A switch over real sockets, as far as our user agent sees one: it registers accounts, takes calls and makes them. */
export class SipSwitch {
  readonly #o: SwitchOptions;
  /** Of the REGISTERs that it let in: seconds asked for. */
  readonly registrations: number[] = [];
  readonly #calls: IncomingInvite[] = [];
  #agent: UserAgent | null = null;
  #transports: Transports = {};
  /** The account's Contact. */
  contact: string | null = null;
  /** What REGISTER is answered that presents the right password. */
  registerStatus = 200;
  /** Requests are answered by nobody any more. */
  deaf = false;
  #wake: () => void = () => undefined;

  private constructor(options: SwitchOptions) {
    this.#o = options;
  }

  static async start(options: SwitchOptions): Promise<SipSwitch> {
    const made = new SipSwitch(options);
    const { host = "127.0.0.1", port = 0 } = options;
    made.#agent = await UserAgent.open({
      listen: async (events) => {
        made.#transports = await openTransports(
          { host, port, clock: systemClock },
          {
            message: (message, flow) => {
              if (made.deaf) return;
              if (message.kind === "request" && message.method === "REGISTER") {
                void made.#transports[flow.local.protocol]?.send(made.#register(message), flow.remote);
              } else events.message(message, flow);
              made.#wake();
            },
            disconnected: (flow, reason) => events.disconnected(flow, reason),
          },
          silentLogger,
        );
        return made.#transports;
      },
      clock: systemClock,
      ids: systemIds,
      log: silentLogger,
      userAgent: "a switch",
      contactUser: "switch",
      admit: () => true,
      handlers: {
        invite: (call) => {
          made.#calls.push(call);
          made.#wake();
        },
      },
    });
    return made;
  }

  get port(): number {
    return this.#transports.UDP?.local.port ?? 0;
  }

  /** RFC 3261 section 10.3, with the digest of RFC 2617 without qop. */
  #register(request: SipRequest): SipResponse {
    const { domain, account, password } = this.#o;
    const nonce = "a-nonce";
    const given = request.headers.get("Authorization") ?? "";
    const secret = hash(`${account}:${domain}:${password}`);
    const expected = hash(`${secret}:${nonce}:${hash(`REGISTER:${request.uri}`)}`);
    const challenge = ["WWW-Authenticate", `Digest realm="${domain}", nonce="${nonce}"`] as const;
    if (!given.includes(`response="${expected}"`)) return reply(request, 401, [challenge]);
    if (this.registerStatus !== 200) return reply(request, this.registerStatus);
    const expires = Number(request.headers.get("Expires"));
    const contact = request.headers.get("Contact") ?? "";
    this.registrations.push(expires);
    this.contact = expires === 0 ? null : (/<([^>]*)>/.exec(contact)?.[1] ?? contact);
    return reply(request, 200, expires === 0 ? [] : [["Contact", `${contact};expires=${expires}`]]);
  }

  /** Resolves once `fits` holds, which is asked whenever something came. */
  async until(fits: () => boolean): Promise<void> {
    while (!fits()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next call of our user agent. */
  async called(): Promise<IncomingInvite> {
    await this.until(() => this.#calls.length > 0);
    const call = this.#calls.shift();
    if (!call) throw new Error("there is no call");
    return call;
  }

  /** Calls the registered contact. */
  call(options: Pick<InviteOptions, "from" | "headers" | "sdp">, told: OutgoingHandlers): OutgoingInvite {
    if (!this.#agent || this.contact === null) throw new Error("nobody is registered");
    const [host = "", port = ""] = this.contact.replace(/^sip:[^@]*@/, "").split(/[:;]/);
    const to = { protocol: "UDP", host, port: Number(port) } as const;
    return this.#agent.invite({ target: this.contact, to, ...options }, told);
  }

  async close(): Promise<void> {
    this.deaf = false;
    await this.#agent?.close();
  }
}

function reply(
  request: SipRequest,
  status: number,
  headers: readonly (readonly [string, string])[] = [],
): SipResponse {
  const copied = ["Via", "From", "Call-ID", "CSeq"].flatMap((name) =>
    request.headers.all(name).map((value) => [name, value] as const),
  );
  const to = ["To", `${request.headers.get("To")};tag=registrar`] as const;
  return {
    kind: "response",
    status,
    reason: "",
    headers: Headers.of([...copied, to, ...headers]),
    body: new Uint8Array(),
  };
}

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { Phone, tones } from "./baresip.ts";
import { Capture } from "./capture.ts";
import { FreeSwitch } from "./freeswitch.ts";
import { Patchcord } from "./patchcord.ts";
import { freePort, freePortRange } from "./ports.ts";
import { credentials, Sipp, type SippOptions, type SippResult } from "./sipp.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { WebUser, type WebUserOptions } from "./web-user.ts";

export interface SystemOptions {
  /** Extensions provisioned by `POST /extensions/bulk`, both ends included; 1000 to 1009 if not given. */
  readonly extensions?: { readonly from: number; readonly to: number };
  /** Whether Patchcord reaches the event socket through a proxy that can break it. */
  readonly proxied?: boolean;
  /** Where the event socket listens, as in HOST:PORT; 127.0.0.1 if not given. */
  readonly eventSocketHost?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real FreeSWITCH that was told nothing but where Patchcord is, that Patchcord, and what is around them. */
export class TelephoneSystem {
  readonly home: string;
  readonly domain = "live.patchcord.test";
  readonly sipPort: number;
  readonly freeSwitch: FreeSwitch;
  readonly patchcord: Patchcord;
  /** Of the extensions, by number, as `bulk` returned them. */
  readonly passwords = new Map<string, string>();
  #proxy: TcpProxy | undefined;
  readonly #closing: (() => Promise<void>)[] = [];
  #keep = false;

  private constructor(home: string, sipPort: number, patchcord: Patchcord) {
    this.home = home;
    this.sipPort = sipPort;
    this.patchcord = patchcord;
    this.freeSwitch = new FreeSwitch(join(home, "freeswitch"), join(home, "freeswitch", "conf"));
  }

  /** The folder, the ports and the configuration written by `patchcord conf`; nothing runs yet. */
  static async prepare(options: SystemOptions = {}): Promise<TelephoneSystem> {
    const home = mkdtempSync(join(tmpdir(), "patchcord-live-"));
    const [sip, ws, wss, own, http, events] = await Promise.all(Array.from({ length: 6 }, freePort));
    const rtp = await freePortRange(100);
    const patchcord = new Patchcord(join(home, "patchcord"), http ?? 0, {
      PATCHCORD_SWITCH_SIP: `127.0.0.1:${sip}`,
      PATCHCORD_SWITCH_WS: `127.0.0.1:${ws}`,
      PATCHCORD_SWITCH_WSS: `127.0.0.1:${wss}`,
      PATCHCORD_SWITCH_RTP_PORTS: `${rtp.from}-${rtp.to}`,
      PATCHCORD_SIP: `127.0.0.1:${own}`,
      PATCHCORD_DOMAIN: "live.patchcord.test",
      ...options.environment,
    });
    const system = new TelephoneSystem(home, sip ?? 0, patchcord);
    mkdirSync(system.freeSwitch.home);
    await patchcord.writeConfiguration(
      system.freeSwitch.configuration,
      `${options.eventSocketHost ?? "127.0.0.1"}:${events}`,
    );
    if (options.proxied) await system.#standBetween();
    return system;
  }

  async #standBetween(): Promise<void> {
    const { port, password } = this.freeSwitch.eventSocket;
    this.#proxy = await TcpProxy.start(port);
    this.patchcord.configure({ PATCHCORD_SWITCHES: `esl://:${password}@127.0.0.1:${this.#proxy.port}` });
  }

  /** Everything up, ready and provisioned. */
  static async start(options: SystemOptions = {}): Promise<TelephoneSystem> {
    const system = await TelephoneSystem.prepare(options);
    try {
      await system.patchcord.start();
      await system.freeSwitch.start();
      await system.patchcord.ready();
      await system.provision(options.extensions ?? { from: 1000, to: 1009 });
      return system;
    } catch (error) {
      system.keep();
      await system.close();
      throw error;
    }
  }

  async provision(range: { from: number; to: number }): Promise<void> {
    const { status, body } = await this.patchcord.rest.post<{
      credentials: { number: string; password: string }[];
    }>("extensions/bulk", { from: String(range.from), to: String(range.to) });
    if (status >= 300) throw new Error(`bulk answered ${status}: ${JSON.stringify(body)}`);
    for (const { number, password } of body.credentials) this.passwords.set(number, password);
  }

  passwordOf(number: string): string {
    const password = this.passwords.get(number);
    if (password === undefined) throw new Error(`${number} has no password: it was not provisioned`);
    return password;
  }

  get proxy(): TcpProxy {
    if (!this.#proxy) throw new Error("this system has no proxy");
    return this.#proxy;
  }

  /** Registered phones, the first one singing the first of `tones`, and so on. */
  async phones(...numbers: string[]): Promise<Phone[]> {
    return Promise.all(
      numbers.map(async (number, index) => {
        const account = {
          number,
          password: this.passwordOf(number),
          domain: this.domain,
          port: this.sipPort,
        };
        const phone = await Phone.start(this.home, account, tones[index] ?? 0);
        this.#closing.push(async () => phone.stop());
        return phone;
      }),
    );
  }

  /** A web user on the web phone, signed in. */
  async webUser(options: WebUserOptions): Promise<WebUser> {
    const user = await WebUser.start(this, options);
    this.#closing.push(async () => user.stop());
    return user;
  }

  /** What is said in SIP to and from the switch. */
  async capture(): Promise<Capture> {
    const capture = await Capture.start(this.home, [this.sipPort]);
    this.#closing.push(async () => capture.close());
    return capture;
  }

  async sipp(options: Omit<SippOptions, "remotePort">): Promise<SippResult> {
    return (await this.startSipp(options)).finished();
  }

  async startSipp(options: Omit<SippOptions, "remotePort">): Promise<Sipp> {
    const keys = { domain: this.domain, ...options.keys };
    const sipp = await Sipp.start(this.home, { ...options, keys, remotePort: this.sipPort });
    this.#closing.push(async () => sipp.stop());
    return sipp;
  }

  /** First fields of a sipp row that calls or registers as that extension. */
  credentials(number: string): readonly string[] {
    return credentials(number, this.passwordOf(number));
  }

  /** Leaves the folder with every log, capture and recording, and says where it is. */
  keep(): void {
    if (!this.#keep) console.error(`the logs of the system under test stay in ${this.home}`);
    this.#keep = true;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map(async (close) => close()));
    await this.patchcord.stop();
    await this.freeSwitch.stop();
    await this.#proxy?.close();
    if (!this.#keep) rmSync(this.home, { recursive: true, force: true });
  }
}

/** One system for the tests of a file: made before them by `make`, closed after, its folder kept if one failed. */
export function systemOfFile(make: () => Promise<TelephoneSystem>): () => TelephoneSystem {
  let system: TelephoneSystem | undefined;
  const get = (): TelephoneSystem => {
    if (!system) throw new Error("the telephone system did not start");
    return system;
  };
  beforeAll(async () => {
    system = await make();
  }, 180_000);
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      system?.keep();
    });
  });
  afterAll(async () => {
    await system?.close();
  }, 60_000);
  return get;
}

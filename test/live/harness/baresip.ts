import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { Ear } from "./ear.ts";
import { type PhoneEvent, PhoneControl } from "./phone-control.ts";
import { freePort, freePortRange } from "./ports.ts";
import { Recording, sampleRate } from "./recording.ts";
import { tonesIn } from "./tone.ts";
import { until } from "./until.ts";

/** The tones that phones sing, Hz: no one a harmonic of another, none near the hold music or DTMF. */
export const tones = [440, 1130, 1750, 2350] as const;

export interface Account {
  readonly number: string;
  readonly password: string;
  readonly domain: string;
  /** Port of the registrar. */
  readonly port: number;
}

/** A telephone: baresip singing one tone, recording what it hears. */
export class Phone {
  readonly number: string;
  /** What it sings, Hz. */
  readonly tone: number;
  readonly port: number;
  readonly #child: Child;
  readonly #control: PhoneControl;
  readonly #ear: Ear;
  readonly #recording: Recording;
  #seen = 0;

  private constructor(
    { number, tone, port }: { number: string; tone: number; port: number },
    parts: { child: Child; control: PhoneControl; ear: Ear; recording: Recording },
  ) {
    this.number = number;
    this.tone = tone;
    this.port = port;
    this.#child = parts.child;
    this.#control = parts.control;
    this.#ear = parts.ear;
    this.#recording = parts.recording;
  }

  /** Starts a phone and resolves once the switch has accepted its registration. */
  static async start(home: string, account: Account, tone: number): Promise<Phone> {
    const folder = join(home, `phone-${account.number}`);
    const recordings = join(folder, "heard");
    mkdirSync(recordings, { recursive: true });
    const [port, control] = [await freePort(), await freePort()];
    const rtp = await freePortRange(20);
    writeFileSync(join(folder, "config"), configuration({ tone, recordings, port, control, rtp }));
    const { number, password, domain } = account;
    const options = `auth_pass=${password};outbound="sip:127.0.0.1:${account.port}";regint=600;audio_codecs=pcmu`;
    writeFileSync(join(folder, "accounts"), `<sip:${number}@${domain};transport=udp>;${options}\n`);
    writeFileSync(join(folder, "contacts"), "");
    const ear = await Ear.open(folder, rtp);
    const child = new Child("baresip", "baresip", ["-f", folder, "-v"], {
      cwd: folder,
      log: join(folder, "log"),
    });
    await child.prints(/200 OK \(/, 20);
    const parts = {
      child,
      control: await PhoneControl.connect(control),
      ear,
      recording: new Recording(recordings),
    };
    return new Phone({ number, tone, port }, parts);
  }

  get events(): readonly PhoneEvent[] {
    return this.#control.events;
  }

  /** Resolves to the next event of that type which no earlier wait has passed over. */
  async event(type: string, seconds = 15): Promise<PhoneEvent> {
    const event = await this.#control.event(type, this.#seen, seconds);
    this.#seen = this.#control.events.indexOf(event) + 1;
    return event;
  }

  /** Begins a call: what was told of earlier ones is over. */
  async dial(destination: string, domain: string): Promise<void> {
    this.#seen = this.#control.events.length;
    await this.#control.command("dial", `sip:${destination}@${domain}`);
  }

  async rings(seconds = 15): Promise<PhoneEvent> {
    return this.event("CALL_INCOMING", seconds);
  }

  async answer(): Promise<void> {
    await this.#control.command("accept");
  }

  /** A phone that rings answers 486 Busy Here. */
  async hangUp(): Promise<void> {
    await this.#control.command("hangup");
  }

  async hold(): Promise<void> {
    await this.#control.command("hold");
  }

  async resume(): Promise<void> {
    await this.#control.command("resume");
  }

  /** Blind transfer by REFER. */
  async transfer(uri: string): Promise<void> {
    await this.#control.command("transfer", uri);
  }

  /** Sends an RFC 4733 event for each digit. */
  async dtmf(digits: string): Promise<void> {
    for (const digit of digits) await this.#control.command("sndcode", digit);
  }

  /** The phones' tones in the next half second of sound that reaches it, the strongest first. */
  async listen(candidates: readonly number[] = tones): Promise<number[]> {
    return this.#ear.tones(candidates);
  }

  /** The same out of what it decoded and recorded itself; only before its first hold (see Ear). */
  async records(candidates: readonly number[] = tones): Promise<number[]> {
    return tonesIn(await this.#recording.next(500, 3), sampleRate, candidates);
  }

  /** Every digit that reached it as an RTP telephone-event. */
  get digits(): string {
    return this.#ear.digits;
  }

  /** Resolves once it hears exactly these tones; rejects with what it heard last. */
  async hears(...wanted: number[]): Promise<void> {
    const sorted = wanted.toSorted((one, other) => one - other).join();
    await until(
      `${this.number} hears ${sorted || "no phone"}`,
      async () => {
        const heard = await this.listen([...new Set([...tones, ...wanted])]);
        if (heard.toSorted((one, other) => one - other).join() === sorted) return true;
        throw new Error(`it hears ${heard.join() || "no phone"}`);
      },
      { seconds: 15 },
    );
  }

  get output(): string {
    return this.#child.tail();
  }

  async stop(): Promise<void> {
    this.#control.close();
    await Promise.all([this.#child.stop("SIGTERM", 5), this.#ear.close()]);
  }

  /** As if its plug were pulled: no BYE, no unregistration. */
  async kill(): Promise<void> {
    this.#control.close();
    await Promise.all([this.#child.stop("SIGKILL"), this.#ear.close()]);
  }
}

function modules(): string {
  const places = [
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
  ];
  const found = places.find((place) => existsSync(join(place, "ctrl_tcp.so")));
  if (found === undefined) throw new Error(`baresip's modules are in none of ${places.join(", ")}`);
  return found;
}

function configuration(o: {
  tone: number;
  recordings: string;
  port: number;
  control: number;
  rtp: { from: number; to: number };
}): string {
  // ausine offers 48 kHz stereo only; sndfile taps the decoded stream, so that no player is needed.
  return `poll_method epoll
net_interface 127.0.0.1
sip_listen 127.0.0.1:${o.port}
sip_trans_bsize 128
call_local_timeout 120
call_max_calls 4
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
audio_source ausine,${o.tone}
ausrc_srate 48000
ausrc_channels 2
auplay_srate 48000
auplay_channels 2
rtp_ports ${o.rtp.from}-${o.rtp.to}
rtcp_enable no
rtp_timeout 0
module_path ${modules()}
module g711.so
module ausine.so
module aufile.so
module sndfile.so
snd_path ${o.recordings}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${o.control}
`;
}

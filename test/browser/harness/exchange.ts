import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { Patchcord } from "../../live/harness/patchcord.ts";
import { freePort, freePortRange } from "../../live/harness/ports.ts";
import { launchChromium } from "./chromium.ts";
import { PhonePage } from "./phone-page.ts";
import { writeTone } from "./wav.ts";

/** A Patchcord as a process of its own, with no switch: web users among themselves. */
export class WebExchange {
  readonly patchcord: Patchcord;
  readonly #home: string;
  readonly #browsers: Browser[] = [];

  private constructor(home: string, patchcord: Patchcord) {
    this.#home = home;
    this.patchcord = patchcord;
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<WebExchange> {
    const home = mkdtempSync(join(tmpdir(), "patchcord-calls-"));
    const [http, sip] = [await freePort(), await freePort()];
    const rtp = await freePortRange(40);
    const patchcord = new Patchcord(join(home, "patchcord"), http, {
      PATCHCORD_SIP: `127.0.0.1:${sip}`,
      PATCHCORD_RTP_PORTS: `${rtp.from}-${rtp.to}`,
      // Of a switch that is not there: only not ours.
      PATCHCORD_SWITCH_RTP_PORTS: "16384-16483",
      ...environment,
    });
    await patchcord.start();
    return new WebExchange(home, patchcord);
  }

  /** A browser whose microphone hears `frequency`, for ever. */
  async browser(frequency: number): Promise<Browser> {
    const tone = join(this.#home, `${frequency}.wav`);
    writeTone(tone, frequency);
    const browser = await launchChromium({ tone });
    this.#browsers.push(browser);
    return browser;
  }

  /** A web user's token, as the command line prints it. */
  async token(user: string): Promise<string> {
    const { code, output } = await this.patchcord.command("token", user, "--json");
    if (code !== 0) throw new Error(`patchcord token ended with ${code}: ${output}`);
    const answer: unknown = JSON.parse(output);
    if (typeof answer !== "object" || answer === null || !("token" in answer)) throw new Error(output);
    return String(answer.token);
  }

  /** A device of that user: signed in and online. */
  async device(browser: Browser, token: string): Promise<PhonePage> {
    const context = await browser.newContext({ permissions: ["microphone"] });
    const phone = await PhonePage.open(context, this.patchcord.url, token);
    await phone.online();
    return phone;
  }

  async close(): Promise<void> {
    await Promise.all(this.#browsers.map((browser) => browser.close()));
    await this.patchcord.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

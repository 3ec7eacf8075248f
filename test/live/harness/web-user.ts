import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../browser/harness/chromium.ts";
import { hears } from "../../browser/harness/hearing.ts";
import { PhonePage } from "../../browser/harness/phone-page.ts";
import { writeTone } from "../../browser/harness/wav.ts";
import { tones } from "./baresip.ts";
import type { TelephoneSystem } from "./system.ts";

/** Tones of web users' microphones, Hz: none a harmonic of another or of a phone's. */
export const webTones = [700, 1450, 2050] as const;

/** Everything that anybody in a live test sings. */
const everyTone = [...tones, ...webTones];

export interface WebUserOptions {
  /** The web user's number, without the 0. */
  readonly user: string;
  readonly displayName: string;
  /** What the microphone hears, Hz. */
  readonly tone: number;
}

/** A web user's token, as an app gets it. */
async function webUserToken(
  { patchcord }: Pick<TelephoneSystem, "patchcord">,
  user: string,
  displayName: string,
): Promise<string> {
  const { status, body } = await patchcord.rest.post<{ token: string }>("webclients/tokens", {
    user,
    displayName,
  });
  if (status >= 300) throw new Error(`a token for ${user} was answered ${status}: ${JSON.stringify(body)}`);
  return body.token;
}

/** A web user on the web phone, in a Chromium of its own whose microphone hears one tone. */
export class WebUser {
  readonly user: string;
  readonly displayName: string;
  readonly tone: number;
  readonly phone: PhonePage;
  readonly #browser: Browser;

  private constructor(options: WebUserOptions, parts: { phone: PhonePage; browser: Browser }) {
    this.user = options.user;
    this.displayName = options.displayName;
    this.tone = options.tone;
    this.phone = parts.phone;
    this.#browser = parts.browser;
  }

  /** Signed in and online. */
  static async start(system: TelephoneSystem, options: WebUserOptions): Promise<WebUser> {
    const folder = join(system.home, "web-users");
    mkdirSync(folder, { recursive: true });
    const tone = join(folder, `${options.tone}.wav`);
    writeTone(tone, options.tone);
    const browser = await launchChromium({ tone });
    try {
      const phone = await openPhone(browser, system, options);
      return new WebUser(options, { phone, browser });
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Another device of the same user, in the same browser. */
  async secondDevice(system: TelephoneSystem): Promise<PhonePage> {
    return openPhone(this.#browser, system, this);
  }

  /** Resolves once the page hears exactly these tones. */
  async hears(...wanted: readonly number[]): Promise<void> {
    await hears(this.phone.page, wanted, everyTone);
  }

  /** Every process of the browser dies at once: no close frame, no DTLS alert. */
  async kill(): Promise<void> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    for (const { id } of processInfo) process.kill(id, "SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

async function openPhone(
  browser: Browser,
  system: TelephoneSystem,
  { user, displayName }: Pick<WebUserOptions, "user" | "displayName">,
): Promise<PhonePage> {
  const context = await browser.newContext({ permissions: ["microphone"] });
  const token = await webUserToken(system, user, displayName);
  const phone = await PhonePage.open(context, system.patchcord.url, token);
  await phone.online();
  return phone;
}

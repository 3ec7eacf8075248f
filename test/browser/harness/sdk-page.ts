import type { Browser, BrowserContext, Page } from "playwright-core";
import type * as Sdk from "../../../src/client/sdk/rtc/index.ts";
import type { ScriptedDevice } from "../../fakes/signalling.ts";
import { launchChromium } from "./chromium.ts";
import { FarSide } from "./far-side.ts";
import { scriptedWorld, type ScriptedWorld } from "./scripted.ts";

/** Of the page under test; what happened to the phone and its calls is told there as lines, in order. */
export interface World {
  readonly sdk: typeof Sdk;
  phone: Sdk.WebPhone;
  call: Sdk.Call;
  readonly lines: string[];
  /** Every stream that the microphone was opened as. */
  readonly microphones: MediaStream[];
  watch(call: Sdk.Call): void;
}
declare const world: World;

export const token = "header.payload.signature";

/** Puts `world` into a page that has the SDK. */
function install(): void {
  const lines: string[] = [];
  const microphones: MediaStream[] = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    microphones.push(stream);
    return stream;
  };
  const watch = (call: Sdk.Call): void => {
    world.call = call;
    call.on("state", (state) => lines.push(state));
    call.on("microphone", (error) => lines.push(`microphone ${error?.code ?? "back"}`));
    call.on("connected", () => lines.push("connected"));
    call.on("dtmf", (digits) => lines.push(`dtmf ${digits}`));
    call.on("ended", ({ state, cause, sip, by }) => lines.push(`ended ${state} ${cause} ${sip} ${by}`));
  };
  const { sdk } = globalThis as unknown as World;
  Object.assign(globalThis, { world: { sdk, lines, microphones, watch } });
}

/** An app's page with the SDK, under signalling that the test plays. */
export class SdkPage {
  readonly #browser: Browser;
  readonly server: ScriptedWorld;
  #context: BrowserContext | undefined;
  #page: Page | undefined;

  private constructor(browser: Browser, server: ScriptedWorld) {
    this.#browser = browser;
    this.server = server;
  }

  static async start(): Promise<SdkPage> {
    return new SdkPage(await launchChromium(), await scriptedWorld());
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error("no page is open");
    return this.#page;
  }

  /** A page that nobody has used. */
  async open(): Promise<void> {
    await this.#context?.close();
    this.#context = await this.#browser.newContext({ permissions: ["microphone"] });
    this.#page = await this.#context.newPage();
    await this.#page.goto(`${this.server.url}/blank`);
    await this.#page.waitForFunction(() => "sdk" in globalThis);
    await this.#page.evaluate(install);
  }

  /** A phone that is ready, and its connection. */
  async connected(): Promise<ScriptedDevice> {
    const ready = this.page.evaluate(async (token) => {
      world.phone = await world.sdk.connect({ url: location.origin, token });
      world.phone.on("incoming", (call) => world.watch(call));
      world.phone.on("state", ({ state, error }) =>
        world.lines.push(`phone ${state} ${error?.code ?? ""}`.trim()),
      );
    }, token);
    const device = await this.server.signalling.device();
    device.welcome();
    await ready;
    return device;
  }

  async farSide(): Promise<FarSide> {
    const page = await this.page.context().newPage();
    await page.goto(`${this.server.url}/blank`);
    return new FarSide(page);
  }

  readonly lines = (): Promise<string[]> => this.page.evaluate(() => world.lines);

  async invite(more: Omit<Sdk.InviteOptions, "to" | "stream"> = {}): Promise<void> {
    await this.page.evaluate((options) => world.watch(world.phone.invite({ to: "1002", ...options })), more);
  }

  /** Resolves once the page has been told of an incoming call. */
  async called(): Promise<void> {
    await this.page.waitForFunction(() => "call" in world);
  }

  async ended(): Promise<void> {
    await this.page.waitForFunction(() => world.call.end !== undefined);
  }

  /** The code that a promise of the SDK is rejected with, or "resolved". */
  async outcome(verb: "accept" | "refuse" | "cancel" | "hangup"): Promise<string> {
    return this.page.evaluate(
      (name) =>
        world.call[name]().then(
          () => "resolved",
          (error: Sdk.WebPhoneError) => error.code,
        ),
      verb,
    );
  }

  /** Whether every microphone that was opened is closed again. */
  readonly released = (): Promise<boolean> =>
    this.page.evaluate(() =>
      world.microphones.every((stream) =>
        stream.getTracks().every(({ readyState }) => readyState === "ended"),
      ),
    );

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server[Symbol.asyncDispose]();
  }
}

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { EventStream } from "./event-stream.ts";
import { Rest } from "./rest.ts";
import { until } from "./until.ts";

const main = join(import.meta.dirname, "..", "..", "..", "src", "main.ts");

/** The application as a process of its own, told by its environment alone. */
export class Patchcord {
  readonly home: string;
  readonly data: string;
  readonly url: string;
  readonly token = randomBytes(24).toString("base64url");
  readonly rest: Rest;
  readonly #environment: Record<string, string>;
  #child: Child | undefined;
  #commands = 0;

  /** `environment`: the `PATCHCORD_*` of interface.md; data and admin token are added. */
  constructor(home: string, port: number, environment: Readonly<Record<string, string>>) {
    this.home = home;
    this.data = join(home, "data");
    this.url = `http://127.0.0.1:${port}`;
    this.rest = new Rest(`${this.url}/api/v1/`, this.token);
    this.#environment = { PATCHCORD_HTTP: `127.0.0.1:${port}`, ...environment };
    mkdirSync(home, { recursive: true });
  }

  /** What it is started with. */
  get environment(): Readonly<Record<string, string>> {
    return { PATCHCORD_DATA: this.data, PATCHCORD_ADMIN_TOKEN: this.token, ...this.#environment };
  }

  /** Adds to the environment of what is started from now on. */
  configure(environment: Readonly<Record<string, string>>): void {
    Object.assign(this.#environment, environment);
  }

  #spawn(name: string, args: readonly string[], overrides: Readonly<Record<string, string>> = {}): Child {
    const inherited = Object.entries(process.env).filter(([key]) => !/^(PATCHCORD_|VITEST|NODE_)/.test(key));
    return new Child(`patchcord ${name}`, process.execPath, [main, ...args], {
      // No patchcord.yaml of the checkout is to be read.
      cwd: this.home,
      log: join(this.home, `${name}.log`),
      env: {
        ...Object.fromEntries(inherited),
        PATCHCORD_LOG: "debug",
        ...this.environment,
        ...overrides,
      },
    });
  }

  /** Runs a command of the bin to its end; resolves to its exit code and what it printed. */
  async command(...args: string[]): Promise<{ code: number | null; output: string }> {
    this.#commands += 1;
    const child = this.#spawn(`command-${this.#commands}`, args, {
      PATCHCORD_URL: this.url,
      PATCHCORD_TOKEN: this.token,
    });
    const { code } = await child.exited(60);
    return { code, output: child.output };
  }

  /** `patchcord conf DIR`: rejects with what it printed unless it exits with 0. */
  async writeConfiguration(folder: string, eventSocket: string): Promise<void> {
    const { code, output } = await this.command("conf", folder, "--event-socket", eventSocket);
    if (code !== 0) throw new Error(`patchcord conf exited with ${code}: ${output}`);
  }

  /** Starts it and resolves once `/healthz` answers 200. */
  async start(): Promise<void> {
    const child = this.#spawn("serve", ["serve"]);
    this.#child = child;
    await until(
      "Patchcord answers /healthz",
      async () => {
        if (!child.running) throw new Error(`it ended: ${child.tail()}`);
        return (await fetch(`${this.url}/healthz`)).status === 200;
      },
      { seconds: 60 },
    );
  }

  /** Resolves once `/readyz` answers 200: every switch is up and bound. */
  async ready(seconds = 60): Promise<void> {
    await until(
      "Patchcord is ready",
      async () => {
        const response = await fetch(`${this.url}/readyz`);
        if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
        return true;
      },
      { seconds, everyMilliseconds: 100 },
    );
  }

  async events(query = ""): Promise<EventStream> {
    return EventStream.open(this.url, this.token, query);
  }

  /** A secret that it generated, by its file name in the data directory. */
  secret(file: string): string {
    return readFileSync(join(this.data, file), "utf8").trim();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  get output(): string {
    return this.#child?.tail(4000) ?? "";
  }

  async kill(): Promise<void> {
    await this.#child?.stop("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }
}

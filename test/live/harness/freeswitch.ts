import { accessSync, constants, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Child } from "./child.ts";
import { type EventSocketAddress, eventSocketApi } from "./event-socket.ts";
import { until } from "./until.ts";

/** The FreeSWITCH to test with: `FREESWITCH_BIN`, else `freeswitch` on the PATH. */
export function freeSwitchBinary(): string {
  const { FREESWITCH_BIN: given, PATH: path = "" } = process.env;
  const candidates = given ? [given] : path.split(delimiter).map((folder) => join(folder, "freeswitch"));
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error("no FreeSWITCH: put freeswitch on the PATH or set FREESWITCH_BIN");
  return found;
}

/** A FreeSWITCH of our own: every folder it writes to is inside `home`, its configuration is `configuration`. */
export class FreeSwitch {
  readonly home: string;
  readonly configuration: string;
  #child: Child | undefined;

  constructor(home: string, configuration: string) {
    this.home = home;
    this.configuration = configuration;
  }

  /** Starts it and resolves once its event socket answers commands. */
  async start(): Promise<void> {
    this.#child = new Child(
      "freeswitch",
      freeSwitchBinary(),
      ["-nf", "-nc", "-nonat", "-nonatmap", ...this.#folders()],
      {
        cwd: this.home,
        log: join(this.home, "console.log"),
      },
    );
    const child = this.#child;
    await until(
      "FreeSWITCH answers on its event socket",
      async () => {
        if (!child.running) throw new Error(`it ended: ${child.tail()}`);
        return (await this.api("status")).includes("is ready");
      },
      { seconds: 60, everyMilliseconds: 100 },
    );
  }

  #folders(): string[] {
    const names = [
      "log",
      "run",
      "db",
      "temp",
      "certs",
      "storage",
      "recordings",
      "cache",
      "scripts",
      "htdocs",
      "grammar",
    ];
    return [
      "-conf",
      this.configuration,
      ...names.flatMap((name) => {
        const folder = join(this.home, name);
        mkdirSync(folder, { recursive: true });
        return [`-${name}`, folder];
      }),
    ];
  }

  /** Where its event socket listens, read from the configuration that it was given. */
  get eventSocket(): EventSocketAddress {
    const text = readFileSync(join(this.configuration, "autoload_configs", "event_socket.conf.xml"), "utf8");
    const param = (name: string): string => {
      const value = new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(text)?.[1];
      if (value === undefined) throw new Error(`event_socket.conf.xml has no ${name}`);
      return value;
    };
    return { host: param("listen-ip"), port: Number(param("listen-port")), password: param("password") };
  }

  async api(command: string): Promise<string> {
    return eventSocketApi(this.eventSocket, command);
  }

  /** The uuids of the channels that really exist: its table's rows, each asked for by `uuid_exists`. */
  async channels(): Promise<string[]> {
    const { rows = [] } = JSON.parse(await this.api("show channels as json")) as {
      rows?: { uuid: string }[];
    };
    const uuids: string[] = [];
    for (const { uuid } of rows) {
      if ((await this.api(`uuid_exists ${uuid}`)) === "true") uuids.push(uuid);
    }
    return uuids.toSorted();
  }

  /** Value of a channel variable, `_undef_` if there is none. */
  async variable(uuid: string, name: string): Promise<string> {
    return this.api(`uuid_getvar ${uuid} ${name}`);
  }

  get running(): boolean {
    return this.#child?.running ?? false;
  }

  get output(): string {
    return this.#child?.tail(4000) ?? "";
  }

  /** Ends it at once, as a crash would: no BYE, no hangup event. */
  async kill(): Promise<void> {
    await this.#child?.stop("SIGKILL");
  }

  /** Stops its clock: connections stay open, nothing is answered. */
  freeze(): void {
    this.#child?.signal("SIGSTOP");
  }

  thaw(): void {
    this.#child?.signal("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.#child?.stop("SIGTERM", 20);
  }
}

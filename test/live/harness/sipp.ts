import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Child } from "./child.ts";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

const scenarios = join(import.meta.dirname, "..", "scenarios");

export interface SippOptions {
  /** File name in `test/live/scenarios`, or an absolute path. */
  readonly scenario: string;
  /** SIP port of the switch. */
  readonly remotePort: number;
  /** UDP if not given. */
  readonly transport?: "tcp";
  /** Local port; a free one if not given. */
  readonly port?: number;
  /** Rows of `[field0]`, `[field1]` … one for each call, or a single one for all. */
  readonly rows?: readonly (readonly string[])[];
  /** `[NAME]` in the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Calls to make or take, then it ends. */
  readonly calls: number;
  /** Calls begun per second. */
  readonly rate?: number;
  /** At most so many at a time. */
  readonly limit?: number;
  /** Per cent of its own messages that it loses, whichever way they go. */
  readonly lost?: number;
  /** After so long it ends, whatever is still going on. */
  readonly seconds?: number;
}

export interface SippResult {
  readonly successful: number;
  readonly failed: number;
  /** 0: every call went as the scenario says. */
  readonly code: number | null;
  /** What did not, from sipp's own error log. */
  readonly errors: string;
}

/** A run of Debian's sipp. */
export class Sipp {
  readonly port: number;
  readonly #child: Child;
  readonly #folder: string;
  readonly #seconds: number;

  private constructor(child: Child, port: number, folder: string, seconds: number) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
    this.#seconds = seconds;
  }

  static async start(home: string, options: SippOptions): Promise<Sipp> {
    const folder = mkdtempSync(join(home, "sipp-"));
    const port = options.port ?? (await freePort());
    const seconds = options.seconds ?? 30;
    const args = ["-sf", resolve(scenarios, options.scenario), "-i", "127.0.0.1", "-p", String(port)];
    args.push(
      "-m",
      String(options.calls),
      "-timeout",
      `${seconds}s`,
      "-timeout_error",
      "-nostdin",
      "-fd",
      "1",
    );
    args.push("-trace_stat", "-stf", join(folder, "statistics.csv"));
    args.push("-trace_err", "-error_file", join(folder, "errors.log"));
    // sipp's media ports must not meet a phone's or the switch's.
    args.push("-mp", String(await freePort()), "-mi", "127.0.0.1");
    if (options.transport === "tcp") args.push("-t", "t1");
    if (options.lost !== undefined) args.push("-lost", String(options.lost));
    if (options.rate !== undefined) args.push("-r", String(options.rate));
    if (options.limit !== undefined) args.push("-l", String(options.limit));
    for (const [name, value] of Object.entries(options.keys ?? {})) args.push("-key", name, value);
    if (options.rows) {
      const file = join(folder, "rows.csv");
      // Latin-1: a test may want bytes that are no UTF-8.
      writeFileSync(file, `SEQUENTIAL\n${options.rows.map((row) => row.join(";")).join("\n")}\n`, "latin1");
      args.push("-inf", file);
    }
    args.push(`127.0.0.1:${options.remotePort}`);
    const child = new Child("sipp", "sipp", args, { cwd: folder, log: join(folder, "screen.log") });
    return new Sipp(child, port, folder, seconds);
  }

  /** A run from beginning to end. */
  static async run(home: string, options: SippOptions): Promise<SippResult> {
    return (await Sipp.start(home, options)).finished();
  }

  /** Resolves once its port is open: sipp says nothing of it, but the kernel does. */
  async listening(): Promise<void> {
    const port = `:${this.port.toString(16).toUpperCase().padStart(4, "0")} `;
    await until(
      `sipp listens on ${this.port}`,
      () => {
        if (!this.#child.running) throw new Error(`it ended: ${this.#child.tail()}`);
        return ["udp", "tcp"].some((table) => readFileSync(`/proc/net/${table}`, "utf8").includes(port));
      },
      { everyMilliseconds: 5 },
    );
  }

  async finished(): Promise<SippResult> {
    const { code } = await this.#child.exited(this.#seconds + 15);
    const statistic = this.#lastStatistics();
    return {
      code,
      successful: Number(statistic.get("SuccessfulCall(C)") ?? 0),
      failed: Number(statistic.get("FailedCall(C)") ?? 0),
      errors: code === 0 ? "" : this.#read("errors.log").slice(0, 3000) || this.#child.tail(),
    };
  }

  #lastStatistics(): Map<string, string> {
    const [names = "", ...rows] = this.#read("statistics.csv").trim().split("\n");
    const values = rows.at(-1)?.split(";") ?? [];
    return new Map(names.split(";").map((name, index) => [name, values[index] ?? ""]));
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.#folder, name), "utf8");
    } catch {
      return "";
    }
  }

  async stop(): Promise<void> {
    await this.#child.stop("SIGKILL");
  }
}

/** The row of an account: sipp replaces the keyword by a header, but only when it comes out of the file whole. */
export const credentials = (number: string, password: string): readonly string[] => [
  number,
  `[authentication username=${number} password=${password}]`,
];

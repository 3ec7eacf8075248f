import { type ChildProcessByStdio, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { within } from "./until.ts";

/** Has the kernel end what it starts when we end, however that is: a killed test run leaves no switch behind. */
const endedWithUs = "setpriv";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that a test started, what it printed, and its end. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #exit: Promise<Exit>;
  readonly #printed = new EventEmitter();
  #running = true;
  #output = "";

  /** Starts it; both its outputs are appended to the file `log`. */
  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: { cwd: string; log: string; env?: NodeJS.ProcessEnv },
  ) {
    this.name = name;
    const log = createWriteStream(options.log, { flags: "a" });
    this.#process = spawn(endedWithUs, ["--pdeathsig", "KILL", command, ...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        log.write(bytes);
        // What a test asks about is recent; a switch at debug level would fill the memory.
        this.#output = (this.#output + bytes.toString("latin1")).slice(-200_000);
        this.#printed.emit("printed");
      });
    }
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#exit = promise;
    this.#process.once("error", (error) => {
      this.#output += error.message;
      this.#running = false;
      resolve({ code: null, signal: null });
      this.#printed.emit("printed");
    });
    this.#process.once("close", (code, signal) => {
      resolve({ code, signal });
      this.#running = false;
      this.#printed.emit("printed");
      log.end();
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.name} could not be started: ${this.#output}`);
    return pid;
  }

  get running(): boolean {
    return this.#running && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The latest 200,000 characters that it printed, decoded as Latin-1 so that no byte is lost. */
  get output(): string {
    return this.#output;
  }

  /** Resolves once the program has ended and its output was read. */
  async exited(seconds: number): Promise<Exit> {
    return within(seconds, `${this.name} ends`, this.#exit);
  }

  /** Resolves when it has printed something that matches; rejects at its end or after `seconds`. */
  async prints(pattern: RegExp, seconds: number): Promise<RegExpExecArray> {
    const printed = async (): Promise<RegExpExecArray> => {
      for (;;) {
        const match = pattern.exec(this.#output);
        if (match) return match;
        if (!this.running) throw new Error(`${this.name} ended before it printed ${pattern}: ${this.tail()}`);
        await once(this.#printed, "printed");
      }
    };
    return within(seconds, `${this.name} prints ${pattern}`, printed());
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Asks it to end by `signal`, by force after `seconds`. */
  async stop(signal: NodeJS.Signals = "SIGTERM", seconds = 15): Promise<Exit> {
    if (this.running) this.signal(signal);
    try {
      return await this.exited(seconds);
    } catch {
      this.signal("SIGKILL");
      return this.exited(5);
    }
  }

  tail(characters = 1500): string {
    return this.#output.slice(-characters);
  }
}

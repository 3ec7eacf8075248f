import { environment, findServer } from "../../config/index.ts";
import { Patchcord, PatchcordError } from "../sdk/index.ts";
import { plainJson, plainLines } from "./text.ts";
import { inOurWords } from "./words.ts";

/** Where a command writes. */
export interface Sink {
  write(text: string): unknown;
  /** Streams tell here that nobody reads any more. */
  on?(event: "error", listener: () => void): unknown;
}

export interface ServeOptions {
  /** Logs JSON, also to a terminal. */
  readonly json: boolean;
}

export interface ConfOptions {
  /** Directory to write to. */
  readonly directory: string;
  /** HOST:PORT that the switch's event socket shall listen on. */
  readonly eventSocket?: string;
  /** Where the switch finds Patchcord's /xml_curl. */
  readonly url?: string;
  /** CIDR ranges, besides loopback, that may use the event socket. */
  readonly allow: readonly string[];
}

export interface ConfResult {
  readonly directory: string;
  /** Paths below the directory. */
  readonly files: readonly string[];
  /** What to do next, one line each. */
  readonly next: readonly string[];
}

/** What the command line is given: the commands that work without a server, and where it writes. */
export interface CliOptions {
  /** Runs the server until it is told to stop; resolves with the exit code. */
  readonly serve: (options: ServeOptions) => Promise<number>;
  /** Writes a switch's configuration. */
  readonly conf: (options: ConfOptions) => Promise<ConfResult>;
  /** What `--version` prints. */
  readonly version: string;
  readonly stdout?: Sink;
  readonly stderr?: Sink;
  /** Ends `events`. */
  readonly signal?: AbortSignal;
}

/** A wrong use that only shows once the arguments are read. */
export class UsageError extends Error {}

/** What every command works with. */
export class Context {
  readonly options: CliOptions;
  /** Aborts when a command that would run for ever shall end. */
  readonly signal: AbortSignal;
  readonly #stdout: Sink;

  constructor(options: CliOptions) {
    this.options = options;
    this.#stdout = options.stdout ?? process.stdout;
    // `patchcord events | head`: the reader has gone, which is no failure.
    const unread = new AbortController();
    this.#stdout.on?.("error", () => unread.abort());
    this.signal = options.signal ? AbortSignal.any([options.signal, unread.signal]) : unread.signal;
  }

  /** Prints an answer: as one JSON document, or as `words` tell it. */
  print(value: unknown, { json }: { json?: boolean }, words: () => string): void {
    this.#stdout.write(`${json === true ? plainJson(value, 2) : plainLines(words())}\n`);
  }

  /** Prints one of many answers: a line of JSON, or a line of words. */
  printLine(value: unknown, { json }: { json?: boolean }, words: () => string): void {
    this.#stdout.write(`${json === true ? plainJson(value) : plainLines(words())}\n`);
  }

  /** Asks the server; what goes wrong says how to find it. */
  async ask<Answer>(question: (server: Patchcord) => Promise<Answer>): Promise<Answer> {
    const { url, token, data } = findServer(environment());
    if (token === null) {
      const detail = `no token: set PATCHCORD_TOKEN, or run this where the server's data directory is (${data} holds none)`;
      throw new PatchcordError({ code: "unauthorized", status: 0, detail });
    }
    try {
      return await question(new Patchcord({ url, token }));
    } catch (error) {
      throw withRemedy(error, data);
    }
  }
}

const remedies: Readonly<Record<string, (data: string) => string>> = {
  unreachable: () => "start the server (npm start), or set PATCHCORD_URL to where it is",
  timeout: () => "look at the server's log, or set PATCHCORD_URL to another one",
  "not-patchcord": () => "set PATCHCORD_URL to where Patchcord is",
  unauthorized: (data) => `the token came from PATCHCORD_TOKEN, else from ${data}: is it that server's?`,
};

function withRemedy(error: unknown, data: string): unknown {
  if (!(error instanceof PatchcordError)) return error;
  const { code, status, errors, problem } = error;
  const remedy = remedies[code]?.(data);
  const detail = inOurWords(error.detail) + (remedy === undefined ? "" : `; ${remedy}`);
  return new PatchcordError({ ...problem, code, status, detail, errors }, { cause: error });
}

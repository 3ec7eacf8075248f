import { pino } from "pino";
import { PinoPretty } from "pino-pretty";

/** Structured log lines: `log.info({ call, uuid }, "what happened")`. Lines about a call carry its uuid. */
export type Logger = Pick<
  pino.Logger,
  "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent" | "level"
> & {
  child(bindings: Record<string, unknown>): Logger;
};

export interface LogSettings {
  /** A pino level, or `silent`. */
  readonly level: string;
  /** A file, numbered and rotated at 10 MiB, the last ten kept; standard output otherwise. */
  readonly file?: string;
  /** JSON also to a terminal. */
  readonly json?: boolean;
}

function destinationOf({ file, json = false }: LogSettings): pino.DestinationStream {
  if (file !== undefined) {
    const options = { file, size: "10m", limit: { count: 10 }, mkdir: true };
    return pino.transport({ target: "pino-roll", options }) as pino.DestinationStream;
  }
  // A person reads a terminal; whatever else reads standard output wants one JSON object a line.
  return process.stdout.isTTY && !json
    ? PinoPretty({ colorize: true })
    : pino.destination({ dest: 1, sync: false });
}

export function createLogger(settings: LogSettings): Logger {
  return pino(
    { level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destinationOf(settings),
  );
}

export const silentLogger: Logger = pino({ level: "silent" });

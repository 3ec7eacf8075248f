import { pino } from "pino";

/** Structured log lines: `log.info({ call, uuid }, "what happened")`. Lines about a call carry its uuid. */
export type Logger = Pick<pino.Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal"> & {
  child(bindings: Record<string, unknown>): Logger;
};

export interface LogSettings {
  /** A pino level, or `silent`. */
  readonly level: string;
  /** A file to append to; standard output otherwise. */
  readonly file?: string;
}

export function createLogger(settings: LogSettings): Logger {
  const destination = pino.destination({ dest: settings.file ?? 1, mkdir: true, sync: false });
  return pino({ level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

export const silentLogger: Logger = pino({ level: "silent" });

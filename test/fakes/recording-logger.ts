import { pino } from "pino";
import type { Logger } from "../../src/base/index.ts";

/** A logger whose lines, all levels, are kept. */
export function recordingLogger(): { log: Logger; lines: () => string } {
  const written: string[] = [];
  const log = pino({ level: "trace" }, { write: (line) => void written.push(line) });
  return { log, lines: () => written.join("") };
}

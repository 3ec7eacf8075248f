import { readFileSync } from "node:fs";

/** Of /proc/PID/stat on every Linux that runs here (sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** User and system time that a process and all its threads have used, in microseconds (proc(5)). */
export function processorTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold spaces: utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error(`/proc/${pid}/stat is of another form`);
  return (ticks * 1_000_000) / ticksPerSecond;
}

import type { TestContext } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What a test measured, for the report: name to value with unit. */
    figures?: Record<string, string>;
  }
}

/** Prints a measured value and hands it to the report. */
export function report(context: TestContext, name: string, value: string): void {
  console.log(`${name}: ${value}`);
  (context.task.meta.figures ??= {})[name] = value;
}

/** Runs `work` and reports how long it took. */
export async function timed<T>(context: TestContext, name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  report(context, name, `${((performance.now() - begun) / 1000).toFixed(2)} s`);
  return result;
}

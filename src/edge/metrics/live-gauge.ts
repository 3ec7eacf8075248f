import { Gauge, type Registry } from "prom-client";

/** The value of one combination of labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge whose samples are read when they are asked for; those of the same labels add up. */
export function liveGauge(
  registry: Registry,
  { name, help, labelNames }: { name: string; help: string; labelNames: readonly string[] },
  read: () => Iterable<Sample>,
): void {
  registry.registerMetric(
    new Gauge<string>({
      name,
      help,
      labelNames,
      registers: [],
      collect() {
        // Labels that are no more must go.
        this.reset();
        for (const { labels, value } of read()) this.inc(labels, value);
      },
    }),
  );
}

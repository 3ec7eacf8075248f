import { Counter, Gauge, type Registry } from "prom-client";

/** The value of one combination of labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface LiveMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** `gauge` if not given; `counter` for a count that somebody else keeps. */
  readonly type?: "gauge" | "counter";
}

/** A metric whose samples are read when they are asked for; those of the same labels add up. */
export function liveMetric(
  registry: Registry,
  { name, help, labelNames, type = "gauge" }: LiveMetric,
  read: () => Iterable<Sample>,
): void {
  const Type = type === "gauge" ? Gauge : Counter;
  registry.registerMetric(
    new Type<string>({
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

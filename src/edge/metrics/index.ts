export { createMetrics, type Metrics, type MetricsDependencies } from "./metrics.ts";
export type { ObserveLookUp } from "./patchcord-metrics.ts";

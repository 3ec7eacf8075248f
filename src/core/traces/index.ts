export type {
  Milestone,
  Trace,
  TraceEnding,
  TraceFacts,
  TraceMedia,
  TraceNote,
  TraceSip,
  TraceStart,
  TraceStream,
} from "./model.ts";
export { type OpenTrace, Traces, type TracesOptions } from "./traces.ts";

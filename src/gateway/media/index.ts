export type {
  LegStatistics,
  Media,
  MediaCounts,
  MediaLeg,
  MediaLegEvents,
  Offer,
  StreamStatistics,
} from "./ports.ts";

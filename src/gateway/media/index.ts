export { createMedia, type MediaOptions } from "./media.ts";
export type {
  LegStatistics,
  Media,
  MediaCounts,
  MediaLeg,
  MediaLegEvents,
  Offer,
  StreamStatistics,
} from "./ports.ts";

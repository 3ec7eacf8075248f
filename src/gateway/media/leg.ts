import type { Clock } from "../../base/index.ts";
import {
  isTelephoneEvent,
  relayable,
  sameCodec,
  type Codec,
  type Direction,
} from "../../protocol/sdp/index.ts";
import { refused } from "./description.ts";
import type { LanePort } from "./lane/lane.ts";
import type { MediaLeg, MediaLegEvents } from "./ports.ts";

/** A leg as the plane sees it. */
export interface PlaneLeg extends MediaLeg {
  readonly lane: LanePort;
  readonly timers: number;
  /** It is being relayed. */
  joined(now: number): void;
  /** Called about every second. */
  watch(now: number): void;
}

export interface LegOptions {
  readonly lane: LanePort;
  readonly events: MediaLegEvents;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly mediaTimeout: number;
  readonly released: () => void;
}

/** What a peer means to send: nothing while it holds us, or listens only. */
export const sends = (direction: Direction): boolean => direction === "sendrecv" || direction === "sendonly";

export const takes = (direction: Direction): boolean => direction === "sendrecv" || direction === "recvonly";

export const codecName = (codecs: readonly Codec[]): string | null => {
  const audio = codecs.find((codec) => !isTelephoneEvent(codec));
  if (!audio) return null;
  return `${audio.name}/${audio.clockRate}${audio.channels === 1 ? "" : `/${audio.channels}`}`;
};

/** Those of `proposed` that the peer's answer takes. @throws Failure media-refused where no audio codec is among them */
export function takenOf(proposed: readonly Codec[], answered: readonly Codec[]): Codec[] {
  const codecs = relayable(answered).filter((one) => proposed.some((other) => sameCodec(one, other)));
  if (codecName(codecs) === null) throw refused("it takes none of the codecs that were offered");
  return codecs;
}

/** Those of `ours` that the peer has as well, by our payload types, and its own where they are not ours already. */
export function receivable(ours: readonly Codec[], theirs: readonly Codec[]): Codec[] {
  const known = new Set(ours.map(({ payloadType }) => payloadType));
  return [...ours, ...theirs.filter(({ payloadType }) => !known.has(payloadType))];
}

/** Runs at once; what it throws rejects. */
export const settledBy = <T>(run: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(run());
  });

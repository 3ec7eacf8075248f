import type { ChannelSnapshot, References } from "../core/calls/index.ts";

/**
 * Uuids of the channels to our own user agent whose call nobody here holds: their references are of an earlier process
 * of ours, which died. Left alone, whoever talks there would hear silence until the switch misses its media.
 */
export const straysAmong = (
  channels: readonly ChannelSnapshot[],
  references: Pick<References, "peek">,
): string[] =>
  channels.flatMap(({ channel: { reference, uuid } }) =>
    reference !== null && references.peek(reference) === null ? [uuid] : [],
  );

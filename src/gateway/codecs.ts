import { Failure } from "../base/index.ts";
import { sameCodec, type Codec } from "../protocol/sdp/index.ts";

const isEvents = ({ name }: Codec): boolean => name.toLowerCase() === "telephone-event";

/**
 * The one codec that a call is held in, the first that was chosen, and the telephone-events beside it: media is relayed
 * as it is, so that neither side may change to another.
 *
 * @throws Failure `media-refused` where the sides have no codec in common
 */
export function settled(chosen: readonly Codec[]): readonly Codec[] {
  const codec = chosen.find((one) => !isEvents(one));
  if (!codec) throw new Failure("media-refused", "the two sides have no codec in common");
  return [codec, ...chosen.filter(isEvents)];
}

/** What of a new offer keeps the codec that the call is held in. @throws Failure `media-refused` where it does not */
export function kept(offered: readonly Codec[], held: readonly Codec[]): readonly Codec[] {
  const [codec] = held;
  if (codec && offered.some((one) => sameCodec(one, codec))) return held;
  throw new Failure("media-refused", "the call is held in a codec that the new offer leaves out");
}

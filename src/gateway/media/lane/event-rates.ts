import { isTelephoneEvent, type Codec } from "../../../protocol/sdp/index.ts";

/** Payload type → clock rate, for telephone-event; 0 for all others. 128 entries. */
export function eventRates(codecs: readonly Codec[]): Uint32Array {
  const rates = new Uint32Array(128);
  for (const codec of codecs) if (isTelephoneEvent(codec)) rates[codec.payloadType] = codec.clockRate;
  return rates;
}

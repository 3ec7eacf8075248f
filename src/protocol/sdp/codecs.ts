import type { Codec, MediaDescription } from "./model.ts";

const codec = (payloadType: number, name: string, clockRate = 8000, channels = 1): Codec => ({
  name,
  clockRate,
  channels,
  payloadType,
  fmtp: "",
});

/** RFC 3551 section 6: the audio payload types that need no rtpmap. */
const staticCodecs: ReadonlyMap<number, Codec> = new Map(
  [
    codec(0, "PCMU"),
    codec(3, "GSM"),
    codec(4, "G723"),
    codec(8, "PCMA"),
    codec(9, "G722"),
    codec(10, "L16", 44_100, 2),
    codec(11, "L16", 44_100),
    codec(13, "CN"),
    codec(15, "G728"),
    codec(18, "G729"),
  ].map((one) => [one.payloadType, one]),
);

const rtpmap = /^([0-9]{1,3})\s+([^\s/]+)\/([0-9]{1,6})(?:\/([0-9]{1,2}))?$/;
const fmtp = /^([0-9]{1,3})\s+(.+)$/;

/** The codecs of an RTP audio description in its order (RFC 8866 section 6.6); what cannot be read is left out. */
export function codecsOf(media: MediaDescription): Codec[] {
  const maps = new Map<number, Codec>();
  const parameters = new Map<number, string>();
  for (const { name, value } of media.attributes) {
    if (name === "rtpmap") {
      const [, type, encoding, rate, channels] = rtpmap.exec(value ?? "") ?? [];
      if (encoding === undefined || maps.has(Number(type)) || Number(rate) === 0) continue;
      maps.set(Number(type), codec(Number(type), encoding, Number(rate), Number(channels ?? 1)));
    } else if (name === "fmtp") {
      const [, type, text] = fmtp.exec(value ?? "") ?? [];
      if (text !== undefined && !parameters.has(Number(type))) parameters.set(Number(type), text);
    }
  }
  const types = new Set(media.formats.filter((format) => /^[0-9]{1,3}$/.test(format)).map(Number));
  return [...types].flatMap((type) => {
    const found = type > 127 ? undefined : (maps.get(type) ?? staticCodecs.get(type));
    return found ? [{ ...found, fmtp: parameters.get(type) ?? "" }] : [];
  });
}

/** The same encoding: name, clock rate and channels; whatever payload type and parameters. */
export const sameCodec = (one: Codec, other: Codec): boolean =>
  one.name.toLowerCase() === other.name.toLowerCase() &&
  one.clockRate === other.clockRate &&
  one.channels === other.channels;

export const isTelephoneEvent = ({ name }: Codec): boolean => name.toLowerCase() === "telephone-event";

const relayed: readonly Codec[] = [codec(96, "opus", 48_000, 2), codec(0, "PCMU"), codec(8, "PCMA")];

/** RFC 5761 section 4: with the marker these look like RTCP. */
const looksLikeRtcp = ({ payloadType }: Codec): boolean => payloadType >= 64 && payloadType <= 95;

/**
 * Those that we relay: opus/48000/2, PCMU, PCMA, and telephone-event at the clock rate of one of them that is there
 * (RFC 4733 section 2.1); order and payload types stay.
 */
export function relayable(codecs: readonly Codec[]): Codec[] {
  const usable = codecs.filter((one) => !looksLikeRtcp(one));
  const audio = usable.filter((one) => relayed.some((other) => sameCodec(one, other)));
  return usable.filter((one) => audio.includes(one) || isEventOf(one, audio));
}

const isEventOf = (codec: Codec, audio: readonly Codec[]): boolean =>
  isTelephoneEvent(codec) && audio.some(({ clockRate }) => clockRate === codec.clockRate);

/**
 * What to answer to `offered` when the other side chose `chosen` (RFC 3264 section 6.1): the offer's order, payload
 * types and parameters. telephone-event stays if the other side chose one of any clock rate. Empty: no audio codec
 * is common.
 */
export function chooseCodecs(offered: readonly Codec[], chosen: readonly Codec[]): Codec[] {
  const audio = offered.filter(
    (one) => !isTelephoneEvent(one) && chosen.some((other) => sameCodec(one, other)),
  );
  const events = chosen.some((one) => isTelephoneEvent(one));
  return offered.filter((one) => audio.includes(one) || (events && isEventOf(one, audio)));
}

/** What `payloadMap` says of a payload type that the other side has no codec for. */
export const unmapped = 255;

/**
 * Payload type of `from` → payload type of `to`, 128 entries; `unmapped` where there is none. telephone-event is
 * mapped to telephone-event of another clock rate where there is none of the same.
 */
export function payloadMap(from: readonly Codec[], to: readonly Codec[]): Uint8Array {
  const map = new Uint8Array(128).fill(unmapped);
  for (const one of from) {
    const other =
      to.find((candidate) => sameCodec(one, candidate)) ??
      (isTelephoneEvent(one) ? to.find((candidate) => isTelephoneEvent(candidate)) : undefined);
    if (other) map[one.payloadType] = other.payloadType;
  }
  return map;
}

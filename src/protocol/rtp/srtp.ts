import { read16, read32 } from "./bytes.ts";
import { maxPacketBytes } from "./counter-mode.ts";
import { sessionKeys, type SrtpKeys } from "./keys.ts";
import { payloadStartOf } from "./packet.ts";
import { Sources } from "./source.ts";
import { CounterModeRtcp, CounterModeRtp, GcmRtcp, GcmRtp, type Transform } from "./transforms.ts";

/** Why a packet was not taken; `sources`: more SSRCs than the context keeps. */
export type SrtpDrop = "malformed" | "authentication" | "replay" | "sources";

/** Room that a buffer must have behind a packet that is to be protected, whatever the profile. */
export const srtpOverhead = 16;
export const srtcpOverhead = 20;

const sourceLimit = 32;
/** Fixed header of RTCP and SSRC of its sender: what SRTCP leaves readable. */
const rtcpClear = 8;
/** RFC 3711 section 9.2: after that many packets there must be new keys. */
const maxRtcpIndex = 0x7fff_ffff;

function transformsOf(keys: SrtpKeys): { readonly rtp: Transform; readonly rtcp: Transform } {
  const [rtp, rtcp] = [sessionKeys(keys, "rtp"), sessionKeys(keys, "rtcp")];
  if (keys.profile === "AEAD_AES_128_GCM") return { rtp: new GcmRtp(rtp), rtcp: new GcmRtcp(rtcp) };
  const tagBytes = keys.profile === "AES_CM_128_HMAC_SHA1_80" ? 10 : 4;
  return { rtp: new CounterModeRtp(rtp, tagBytes), rtcp: new CounterModeRtcp(rtcp) };
}

/**
 * What we send under one master key (RFC 3711). Packets are protected in place, the answer is their new length; the
 * buffer needs room for the overhead.
 */
export class SrtpSender {
  readonly #rtp: Transform;
  readonly #rtcp: Transform;
  readonly #sources: Sources;
  #rtcpIndex = -1;

  /** Throws a RangeError for keys of a wrong length. */
  constructor(keys: SrtpKeys, maxSources: number = sourceLimit) {
    ({ rtp: this.#rtp, rtcp: this.#rtcp } = transformsOf(keys));
    this.#sources = new Sources(maxSources);
  }

  /** `replay`: that index went out already; two packets under one keystream would betray each other. */
  protect(packet: Uint8Array, length: number): number | SrtpDrop {
    const start = payloadStartOf(packet, length);
    if (start < 0 || length > maxPacketBytes) return "malformed";
    needRoom(packet, length + this.#rtp.overhead);
    const ssrc = read32(packet, 8);
    const known = this.#sources.get(ssrc);
    if (!known && this.#sources.full) return "sources";
    const source = known ?? this.#sources.add(ssrc);
    const index = source.indexOf(read16(packet, 2));
    if (!source.isNew(index)) return "replay";
    this.#rtp.seal(packet, start, length, ssrc, index);
    source.accept(index);
    return length + this.#rtp.overhead;
  }

  protectRtcp(packet: Uint8Array, length: number): number | SrtpDrop {
    if (!isRtcp(packet, length) || this.#rtcpIndex === maxRtcpIndex) return "malformed";
    const total = length + this.#rtcp.overhead + 4;
    needRoom(packet, total);
    this.#rtcpIndex += 1;
    this.#rtcp.seal(packet, rtcpClear, length, read32(packet, 4), this.#rtcpIndex);
    return total;
  }
}

/**
 * What a peer sends under one master key. Packets are opened in place, the answer is their new length; one that is
 * dropped changes nothing that is remembered.
 */
export class SrtpReceiver {
  readonly #rtp: Transform;
  readonly #rtcp: Transform;
  readonly #sources: Sources;
  readonly #rtcpSources: Sources;

  /** Throws a RangeError for keys of a wrong length. */
  constructor(keys: SrtpKeys, maxSources: number = sourceLimit) {
    ({ rtp: this.#rtp, rtcp: this.#rtcp } = transformsOf(keys));
    this.#sources = new Sources(maxSources);
    this.#rtcpSources = new Sources(maxSources);
  }

  unprotect(packet: Uint8Array, length: number): number | SrtpDrop {
    const end = length - this.#rtp.overhead;
    const start = payloadStartOf(packet, length);
    if (start < 0 || start > end || length > maxPacketBytes) return "malformed";
    const ssrc = read32(packet, 8);
    const sequence = read16(packet, 2);
    const source = this.#sources.get(ssrc);
    if (!source && this.#sources.full) return "sources";
    const index = source ? source.indexOf(sequence) : sequence;
    if (source && !source.isNew(index)) return "replay";
    if (!this.#rtp.open(packet, start, length, ssrc, index)) return "authentication";
    (source ?? this.#sources.add(ssrc)).accept(index);
    return end;
  }

  unprotectRtcp(packet: Uint8Array, length: number): number | SrtpDrop {
    const end = length - this.#rtcp.overhead - 4;
    if (!isRtcp(packet, length) || end < rtcpClear || length > maxPacketBytes) return "malformed";
    const ssrc = read32(packet, 4);
    const index = read32(packet, this.#rtcp instanceof GcmRtcp ? length - 4 : end) & maxRtcpIndex;
    const source = this.#rtcpSources.get(ssrc);
    if (!source && this.#rtcpSources.full) return "sources";
    if (source && !source.isNew(index)) return "replay";
    if (!this.#rtcp.open(packet, rtcpClear, length, ssrc, index)) return "authentication";
    (source ?? this.#rtcpSources.add(ssrc)).accept(index);
    return end;
  }
}

const isRtcp = (packet: Uint8Array, length: number): boolean =>
  length >= rtcpClear && length <= packet.length && (packet[0] ?? 0) >>> 6 === 2;

function needRoom(packet: Uint8Array, bytes: number): void {
  if (packet.length < bytes)
    throw new RangeError(`a buffer of ${packet.length} bytes, where ${bytes} are needed`);
}

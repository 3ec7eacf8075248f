import { CounterMode } from "./counter-mode.ts";

/** RFC 5764 section 4.1.2, RFC 7714 section 14.2: those that WebRTC uses. */
export type SrtpProfile = "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32" | "AEAD_AES_128_GCM";

export interface SrtpKeys {
  readonly profile: SrtpProfile;
  /** 16 bytes. */
  readonly masterKey: Uint8Array;
  /** 14 bytes; 12 with AEAD_AES_128_GCM. */
  readonly masterSalt: Uint8Array;
}

export interface SessionKeys {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 14 bytes; 12 with AEAD_AES_128_GCM. */
  readonly salt: Uint8Array;
  /** 20 bytes; AEAD_AES_128_GCM has no use for it. */
  readonly authentication: Uint8Array;
}

/** The session keys of RTP or RTCP (RFC 3711 section 4.3, with a key derivation rate of 0). Throws a RangeError. */
export function sessionKeys(keys: SrtpKeys, wire: "rtp" | "rtcp"): SessionKeys {
  const saltBytes = keys.profile === "AEAD_AES_128_GCM" ? 12 : 14;
  if (keys.masterKey.length !== 16 || keys.masterSalt.length !== saltBytes) {
    throw new RangeError(`${keys.profile} takes a key of 16 and a salt of ${saltBytes} bytes`);
  }
  const first = wire === "rtp" ? 0 : 3;
  return {
    key: derive(keys, first, 16),
    authentication: derive(keys, first + 1, 20),
    salt: derive(keys, first + 2, saltBytes),
  };
}

/** RFC 3711 section 4.3.3. */
function derive(keys: SrtpKeys, label: number, bytes: number): Uint8Array {
  // RFC 7714 section 11: the shorter salt is filled up with zeros.
  const salt = new Uint8Array(14);
  salt.set(keys.masterSalt);
  salt[7]! ^= label;
  return new CounterMode(keys.masterKey, salt).keystream(bytes, 0, 0).slice(0, bytes);
}

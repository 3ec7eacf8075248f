import {
  createHash,
  createHmac,
  createPublicKey,
  timingSafeEqual,
  verify,
  X509Certificate,
} from "node:crypto";
import type { DtlsSocket } from "werift";
import type { DtlsRecord } from "./records.ts";

export interface Fingerprint {
  /** `sha-256` … */
  readonly hash: string;
  /** Hexadecimal pairs with colons. */
  readonly value: string;
}

type Transcript = DtlsSocket["dtls"]["sortedHandshakeCache"];

const message = { certificate: 11, serverKeyExchange: 12, certificateVerify: 15, finished: 20 } as const;
/** RFC 8122 section 5: hashes that are broken, SHA-1 among them, prove nothing. */
const hashes: Readonly<Record<string, string>> = {
  "sha-256": "sha256",
  "sha-384": "sha384",
  "sha-512": "sha512",
};

export const fingerprintOf = (certificate: Uint8Array, hash = "sha256"): string =>
  (createHash(hash).update(certificate).digest("hex").toUpperCase().match(/../g) ?? []).join(":");

/**
 * Why the peer that the handshake was made with is not who the signalling says; null: it is.
 *
 * werift 0.25.2 compares the certificate's fingerprint and checks no signature, neither ServerKeyExchange's nor
 * CertificateVerify's, and no Finished. A certificate is sent in the clear: whoever has seen it could be the peer.
 */
export function impostor(
  socket: DtlsSocket,
  role: "client" | "server",
  finished: DtlsRecord,
  fingerprints: readonly Fingerprint[],
): string | null {
  const { cipher } = socket;
  const certificate = cipher.remoteCertificate;
  if (!certificate) return "it sent no certificate";
  const known = fingerprints.some(({ hash, value }) => {
    const algorithm = hashes[hash.toLowerCase()];
    return algorithm !== undefined && fingerprintOf(certificate, algorithm) === value.toUpperCase();
  });
  if (!known) return "its certificate is not the one of its session description";
  const transcript = socket.dtls.sortedHandshakeCache;
  const signed = role === "client" ? keyExchangeOf(socket, transcript) : certificateVerifyOf(transcript);
  if (!signed || !isSignedBy(certificate, signed)) return "it does not hold its certificate's key";
  return finishes(socket, role, transcript, finished) ? null : "its Finished is wrong";
}

interface Signed {
  readonly data: Buffer;
  /** SignatureAndHashAlgorithm, length, signature (RFC 5246 section 4.7). */
  readonly signature: Buffer;
}

/** RFC 8422 section 5.4: over both randoms and the server's public key. */
function keyExchangeOf({ cipher }: DtlsSocket, transcript: Transcript): Signed | null {
  const body = transcript.find(({ msg_type }) => msg_type === message.serverKeyExchange)?.fragment;
  if (!body || body.length < 4) return null;
  const parameters = 4 + (body[3] ?? 0);
  return {
    data: Buffer.concat([
      cipher.localRandom.serialize(),
      cipher.remoteRandom.serialize(),
      body.subarray(0, parameters),
    ]),
    signature: body.subarray(parameters),
  };
}

/** RFC 5246 section 7.4.8: over every message up to it. */
function certificateVerifyOf(transcript: Transcript): Signed | null {
  const at = transcript.findIndex(({ msg_type }) => msg_type === message.certificateVerify);
  const signature = transcript[at]?.fragment;
  return signature ? { data: bytesOf(transcript.slice(0, at)), signature } : null;
}

const bytesOf = (transcript: Transcript): Buffer => Buffer.concat(transcript.map((one) => one.serialize()));

function isSignedBy(certificate: Buffer, { data, signature }: Signed): boolean {
  if (signature.length < 4) return false;
  const algorithm = signature.readUInt16BE(0);
  const value = signature.subarray(4, 4 + signature.readUInt16BE(2));
  try {
    const key = createPublicKey(
      new X509Certificate(certificate).publicKey.export({ type: "spki", format: "pem" }),
    );
    // What werift offers: ecdsa_secp256r1_sha256 and rsa_pkcs1_sha256.
    const kind = algorithm === 0x0403 ? "ec" : algorithm === 0x0401 ? "rsa" : null;
    return key.asymmetricKeyType === kind && verify("sha256", data, key, value);
  } catch {
    return false;
  }
}

/** RFC 5246 section 7.4.9. */
function finishes(
  socket: DtlsSocket,
  role: "client" | "server",
  transcript: Transcript,
  record: DtlsRecord,
): boolean {
  const plain = opened(socket, record);
  if (plain?.length !== 24 || plain[0] !== message.finished) return false;
  const before =
    role === "client" ? transcript : transcript.filter(({ msg_type }) => msg_type !== message.finished);
  const label = role === "client" ? "server finished" : "client finished";
  const seed = Buffer.concat([Buffer.from(label), createHash("sha256").update(bytesOf(before)).digest()]);
  const hmac = (data: Buffer): Buffer =>
    createHmac("sha256", socket.cipher.masterSecret).update(data).digest();
  const expected = hmac(Buffer.concat([hmac(seed), seed])).subarray(0, 12);
  return timingSafeEqual(expected, plain.subarray(12));
}

/** The content of an encrypted record; null: it is not the peer's. */
export function opened(socket: DtlsSocket, record: DtlsRecord): Buffer | null {
  try {
    return socket.cipher.cipher.decrypt(socket.sessionType, Buffer.from(record.fragment), {
      type: record.type,
      version: 0xfefd,
      epoch: record.epoch,
      sequenceNumber: record.sequence,
    });
  } catch {
    return null;
  }
}

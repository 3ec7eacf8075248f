import { X509Certificate } from "node:crypto";
import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, SignatureAlgorithm } from "werift";
import { fingerprintOf } from "./proof.ts";

type Made = Awaited<ReturnType<typeof CipherContext.createSelfSignedCertificateWithKey>>;

/** Of this process: ECDSA on P-256, as browsers make them. Self-signed; its fingerprint in our descriptions vouches for it. */
export interface OwnCertificate extends Made {
  /** SHA-256, as `a=fingerprint` writes it. */
  readonly fingerprint: string;
}

export async function makeCertificate(): Promise<OwnCertificate> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  return { ...made, fingerprint: fingerprintOf(new X509Certificate(made.certPem).raw) };
}

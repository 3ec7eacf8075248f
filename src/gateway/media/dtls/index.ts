export { makeCertificate, type OwnCertificate } from "./certificate.ts";
export { DtlsPeer } from "./peer.ts";

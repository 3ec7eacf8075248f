import { isIPv4 } from "node:net";

/** An address that the peer may be reached at. */
export interface Candidate {
  readonly host: string;
  readonly port: number;
  readonly priority: number;
  readonly type: string;
  /** `ufrag`: the generation of credentials it belongs to; null: not said. */
  readonly userFragment: string | null;
}

const form =
  /^(?:a=)?(?:candidate:)?[A-Za-z0-9+/]{1,32} (\d{1,3}) ([A-Za-z]+) (\d{1,10}) (\S{1,255}) (\d{1,5}) typ ([a-z]{1,16})((?: \S+ \S+)*)\s*$/;

/** 0.0.0.0/8, multicast and broadcast are no peer. */
const unreachable = /^(?:0|22[4-9]|23\d|24\d|25[0-5])\./;

/**
 * A candidate attribute (RFC 8839 section 5.1), with or without `a=` and `candidate:`; null when it is malformed or of a
 * kind that we cannot send to: another component, TCP, IPv6, a name (a browser that hides its address behind mDNS checks
 * us instead, and is found as peer-reflexive).
 */
export function readCandidate(text: string): Candidate | null {
  const found = form.exec(text);
  if (!found) return null;
  const [, component, transport, priority, host, port, type, rest] = found;
  if (component !== "1" || transport?.toLowerCase() !== "udp") return null;
  if (host === undefined || !isIPv4(host) || unreachable.test(host)) return null;
  const number = Number(port);
  if (number < 1 || number > 65_535 || Number(priority) > 0xffff_ffff || type === undefined) return null;
  const userFragment = /(?:^| )ufrag (\S+)/.exec(rest ?? "")?.[1] ?? null;
  return { host, port: number, priority: Number(priority), type, userFragment };
}

/** RFC 8445 section 5.1.2.1, with one local address: local preference 65535, component 1. */
const priorityOf = (typePreference: number): number => typePreference * 0x100_0000 + 65_535 * 256 + 255;
const hostPriority = priorityOf(126);
export const reflexivePriority = priorityOf(110);

/** Our one host candidate, as it stands behind `a=`. */
export function printHostCandidate(host: string, port: number): string {
  return `candidate:1 1 udp ${hostPriority} ${host} ${port} typ host`;
}

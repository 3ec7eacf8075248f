import { isIPv6 } from "node:net";
import { hostAddress } from "./host.ts";
import type { Flow, Protocol, SipAddress } from "./model.ts";
import type { Via } from "./via.ts";

const sameHost = (left: string, right: string): boolean =>
  hostAddress(left).toLowerCase() === hostAddress(right).toLowerCase();

/**
 * The top Via of a request as its receiver marks it: `received` when the sender is at another address than it says
 * (RFC 3261 section 18.2.1), and always with `rport`'s value when that was asked for (RFC 3581 section 4). What the
 * sender wrote there itself does not count.
 */
export function stampVia(via: Via, remote: Pick<SipAddress, "host" | "port">): Via {
  const params = new Map(via.params);
  params.delete("received");
  const asked = params.has("rport");
  if (asked) params.set("rport", String(remote.port));
  if (asked || !sameHost(via.host, remote.host)) params.set("received", remote.host);
  return { ...via, params };
}

const defaultPort = 5060;

/**
 * Where a response goes, best first (RFC 3261 section 18.2.2, RFC 3581 section 4): over a connection to where the
 * request came from, and when that is gone to the address that the Via names; by datagram only to one place.
 * `via` is the stamped top Via.
 */
export function responseTargets(via: Via, flow: Flow): readonly SipAddress[] {
  const { protocol } = flow.remote;
  const host = via.params.get("received") ?? hostAddress(via.host);
  const named: SipAddress = { protocol, host, port: via.port ?? defaultPort };
  if (protocol === "TCP") {
    const same = flow.remote.port === named.port && sameHost(flow.remote.host, named.host);
    return same ? [flow.remote] : [flow.remote, named];
  }
  // `maddr` is not followed: it would have us send to an address that the sender chose.
  const rport = Number(via.params.get("rport") ?? Number.NaN);
  return [Number.isInteger(rport) && rport > 0 ? { ...named, port: rport } : named];
}

/** Bytes above which a request goes over TCP while the path's MTU is not known: RFC 3261 section 18.1.1. */
const largestDatagramRequest = 1300;

/**
 * The transport for a request of `bytes`. A large one goes over TCP when the peer is known to take TCP, and over
 * UDP all the same when it is not: `local` peers have no MTU worth the name, and others may be lucky.
 */
export function requestProtocol(bytes: number, wanted: Protocol, tcpWorks: boolean): Protocol {
  return wanted === "UDP" && bytes > largestDatagramRequest && tcpWorks ? "TCP" : wanted;
}

/** `host:port` of an address, IPv6 in brackets: a key, and a text for logs. */
export const addressText = ({ host, port }: Pick<SipAddress, "host" | "port">): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

import type { NetworkInterfaceInfo } from "node:os";

/** Where a kind of leg binds its ports and what it tells its peers. */
export interface Addresses {
  readonly web: { readonly bind: string; readonly announce: string };
  readonly sip: { readonly bind: string; readonly announce: string };
}

/**
 * Browsers are told `publicIp`, else the address of SIP, loopback included: a stock Chromium on this machine reaches a
 * candidate of 127.0.0.1 from its interface's address (measured, with and without a microphone granted, and with
 * --allow-loopback-in-peer-connection from 127.0.0.1 as well), so that an installation which nothing outside may reach
 * serves its own browsers without opening a port to the network.
 *
 * SIP is told its own address where that is loopback, as its switch is on this machine; else `publicIp`.
 */
export function addressesOf(
  sipHost: string,
  publicIp: string | null,
  interfaces: Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>,
): Addresses {
  const loopback = sipHost.startsWith("127.");
  const own = Object.values(interfaces).some((list) => list?.some(({ address }) => address === publicIp));
  return {
    web: { bind: bindFor(sipHost, loopback, publicIp, own), announce: publicIp ?? sipHost },
    sip: { bind: sipHost, announce: loopback ? sipHost : (publicIp ?? sipHost) },
  };
}

/** Behind a NAT the public address is no interface's; with SIP on loopback, no other one is named either. */
function bindFor(sipHost: string, loopback: boolean, publicIp: string | null, own: boolean): string {
  if (publicIp === null) return sipHost;
  if (own) return publicIp;
  return loopback ? "0.0.0.0" : sipHost;
}

import { BlockList, isIP } from "node:net";

/** Whether an address is in a list of CIDR ranges. */
export type AddressList = (address: string) => boolean;

const cidr = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/;

/** Splits `10.0.0.0/8` or a bare address; undefined when it is neither. */
function parseRange(text: string): { address: string; prefix: number; family: "ipv4" | "ipv6" } | undefined {
  const match = cidr.exec(text);
  const address = match?.[1] ?? text;
  const version = isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const prefix = match ? Number(match[2]) : longest;
  return prefix <= longest ? { address, prefix, family: version === 4 ? "ipv4" : "ipv6" } : undefined;
}

export const isRange = (text: string): boolean => parseRange(text) !== undefined;

/** `::ffff:127.0.0.1`, as a dual-stack socket reports an IPv4 peer, as `127.0.0.1`. */
export const plainAddress = (address: string): string =>
  address.toLowerCase().startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

/** Builds a list from ranges that `isRange` accepts; throws a RangeError on one that it does not. */
export function addressList(ranges: readonly string[]): AddressList {
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseRange(text);
    if (!range) throw new RangeError(`not an address or CIDR range: ${text}`);
    list.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}

import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { addressesOf } from "../../../../src/gateway/media/addresses.ts";

const own = (address: string): NetworkInterfaceInfo => ({
  address,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal: false,
  cidr: null,
});
const interfaces = { eth0: [own("10.0.0.5"), own("203.0.113.5")] };

test.each([
  // SIP's host, the public address; where web legs bind and what they say; where SIP legs bind and what they say.
  ["127.0.0.1", null, "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"],
  ["10.0.0.5", null, "10.0.0.5", "10.0.0.5", "10.0.0.5", "10.0.0.5"],
  ["127.0.0.1", "203.0.113.5", "203.0.113.5", "203.0.113.5", "127.0.0.1", "127.0.0.1"],
  ["127.0.0.1", "198.51.100.1", "0.0.0.0", "198.51.100.1", "127.0.0.1", "127.0.0.1"],
  ["10.0.0.5", "203.0.113.5", "203.0.113.5", "203.0.113.5", "10.0.0.5", "203.0.113.5"],
  ["10.0.0.5", "198.51.100.1", "10.0.0.5", "198.51.100.1", "10.0.0.5", "198.51.100.1"],
])("SIP at %s, public %s", (sip, publicIp, webBind, webAnnounce, sipBind, sipAnnounce) => {
  expect(addressesOf(sip, publicIp, interfaces)).toEqual({
    web: { bind: webBind, announce: webAnnounce },
    sip: { bind: sipBind, announce: sipAnnounce },
  });
});

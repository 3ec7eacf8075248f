import { describe, expect, test } from "vitest";
import {
  addressText,
  parseVia,
  printVia,
  requestProtocol,
  responseTargets,
  stampVia,
  type Flow,
  type Protocol,
} from "../../../../src/protocol/sip/index.ts";

const remote = { host: "192.0.2.9", port: 40_000 };

describe("the top Via of what was received is marked", () => {
  test.each([
    ["that names the sender: not at all", "192.0.2.9:5060;branch=x", "192.0.2.9:5060;branch=x"],
    ["of another host", "10.0.0.1:5060;branch=x", "10.0.0.1:5060;branch=x;received=192.0.2.9"],
    ["of a name, which may not be the sender's", "a.example", "a.example;received=192.0.2.9"],
    [
      "with rport, even of the same host (RFC 3581 section 4)",
      "192.0.2.9;rport;branch=x",
      "192.0.2.9;rport=40000;branch=x;received=192.0.2.9",
    ],
    [
      "with marks of the sender's own, which do not count",
      "192.0.2.9;received=198.51.100.1;rport=1",
      "192.0.2.9;rport=40000;received=192.0.2.9",
    ],
    ["with a forged received alone", "192.0.2.9;received=198.51.100.1", "192.0.2.9"],
  ])("%s", (_what, written, marked) => {
    expect(printVia(stampVia(parseVia(`SIP/2.0/UDP ${written}`), remote))).toBe(`SIP/2.0/UDP ${marked}`);
  });

  test("of IPv6, brackets or not", () => {
    const via = parseVia("SIP/2.0/UDP [2001:DB8::1]:5060");
    expect(stampVia(via, { host: "2001:db8::1", port: 1 })).toEqual(via);
  });
});

const flow = (protocol: Protocol, port = remote.port): Flow => ({
  local: { protocol, host: "192.0.2.1", port: 5090 },
  remote: { protocol, host: remote.host, port },
});

describe("a response goes", () => {
  test.each<[string, string, Flow, string[]]>([
    ["to the Via's port, when rport was not asked for", "192.0.2.9:5070", flow("UDP"), ["192.0.2.9:5070"]],
    ["to 5060 when it names none", "192.0.2.9", flow("UDP"), ["192.0.2.9:5060"]],
    ["to where it came from with rport", "10.0.0.1;rport", flow("UDP"), ["192.0.2.9:40000"]],
    ["to the sender's address, not the Via's", "a.example:5070", flow("UDP"), ["192.0.2.9:5070"]],
    ["not to maddr", "192.0.2.9:5070;maddr=198.51.100.1", flow("UDP"), ["192.0.2.9:5070"]],
    [
      "over the connection, and when that is gone to the Via's port",
      "10.0.0.1:5070;rport",
      flow("TCP"),
      ["192.0.2.9:40000", "192.0.2.9:5070"],
    ],
    ["to one place when they are the same", "192.0.2.9:5070", flow("TCP", 5070), ["192.0.2.9:5070"]],
  ])("%s", (_what, written, flow, targets) => {
    const via = stampVia(parseVia(`SIP/2.0/${flow.remote.protocol} ${written}`), flow.remote);
    const found = responseTargets(via, flow);
    expect(found.map((one) => addressText(one))).toEqual(targets);
    expect(new Set(found.map((one) => one.protocol))).toEqual(new Set([flow.remote.protocol]));
  });
});

describe("a request goes", () => {
  test.each<[bytes: number, wanted: Protocol, tcpWorks: boolean, chosen: Protocol]>([
    [1300, "UDP", true, "UDP"],
    [1301, "UDP", true, "TCP"],
    [1301, "UDP", false, "UDP"],
    [10, "TCP", false, "TCP"],
  ])("of %i bytes meant for %s, TCP working: %s, over %s", (bytes, wanted, works, chosen) => {
    expect(requestProtocol(bytes, wanted, works)).toBe(chosen);
  });
});

test("an address as text", () => {
  expect(addressText({ host: "::1", port: 5060 })).toBe("[::1]:5060");
});

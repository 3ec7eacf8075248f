import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printHostCandidate, readCandidate } from "../../../../src/protocol/ice/candidate.ts";

const chromium =
  "candidate:2851224047 1 udp 2122194687 127.0.0.1 58529 typ host generation 0 ufrag wLtl network-id 3 network-cost 50";

test("Chromium's candidate is read, with or without what stands before it", () => {
  const read = {
    host: "127.0.0.1",
    port: 58_529,
    priority: 2_122_194_687,
    type: "host",
    userFragment: "wLtl",
  };
  for (const text of [chromium, `a=${chromium}`, chromium.slice("candidate:".length), `${chromium}\r\n`]) {
    expect(readCandidate(text)).toEqual(read);
  }
});

test("a server-reflexive one has its base's address behind it", () => {
  const text = "candidate:1 1 UDP 1677729535 203.0.113.7 40000 typ srflx raddr 10.0.0.1 rport 5000";
  expect(readCandidate(text)).toMatchObject({
    host: "203.0.113.7",
    port: 40_000,
    type: "srflx",
    userFragment: null,
  });
});

test.each([
  ["IPv6", chromium.replace("127.0.0.1", "::1")],
  ["a name", chromium.replace("127.0.0.1", "52125041-b009-42c6-a8fb-3efe420c412c.local")],
  ["TCP", chromium.replace("udp", "tcp")],
  ["RTCP's component", chromium.replace(" 1 udp", " 2 udp")],
  ["multicast", chromium.replace("127.0.0.1", "224.0.0.251")],
  ["broadcast", chromium.replace("127.0.0.1", "255.255.255.255")],
  ["nowhere", chromium.replace("127.0.0.1", "0.0.0.0")],
  ["port 0", chromium.replace("58529", "0")],
  ["a port too high", chromium.replace("58529", "65536")],
  ["no type", "candidate:1 1 udp 1 127.0.0.1 5000"],
  ["the end of candidates", ""],
  ["a second line", `${chromium}\r\na=candidate`],
])("%s is passed over", (_name, text) => {
  expect(readCandidate(text)).toBeNull();
});

test("no text makes it throw, and ours is read", () => {
  fc.assert(fc.property(fc.string(), (text) => void readCandidate(text)));
  expect(readCandidate(printHostCandidate("192.0.2.2", 40_001))).toMatchObject({
    host: "192.0.2.2",
    port: 40_001,
    type: "host",
  });
});

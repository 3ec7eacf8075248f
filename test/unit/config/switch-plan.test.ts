import { describe, expect, test } from "vitest";
import { ConfigError, planSwitch, type Config } from "../../../src/config/index.ts";

const config = { http: { host: "127.0.0.1", port: 8080 }, eventSocketPassword: "secret" } as Config;

const allowed = (eventSocket: string, ...allow: string[]): readonly string[] =>
  planSwitch(config, { eventSocket, allow }).allow;

describe("who may use the event socket", () => {
  test.each([
    ["127.0.0.1:8021", [], ["127.0.0.0/8"]],
    ["[::1]:8021", [], ["::1/128"]],
    ["192.0.2.1:8021", ["192.0.2.7"], ["127.0.0.0/8", "192.0.2.7/32"]],
    ["192.0.2.1:8021", ["10.0.0.0/8", "0.0.0.0/0"], ["127.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0"]],
    ["[2001:db8::1]:8021", ["2001:db8::7"], ["::1/128", "2001:db8::7/128"]],
    ["[2001:db8::1]:8021", ["2001:db8::/32"], ["::1/128", "2001:db8::/32"]],
  ])("at %s, allowing %j", (eventSocket, allow, list) => {
    expect(allowed(eventSocket, ...allow)).toEqual(list);
  });

  test.each([
    ["127.0.0.1:8021", "::1", /"::1".*IPv4 address 127\.0\.0\.1/],
    ["[::1]:8021", "127.0.0.1", /"127\.0\.0\.1".*IPv6 address ::1/],
    ["[2001:db8::1]:8021", "10.0.0.0/8", /allowed are IPv6 ranges/],
    ["127.0.0.1:8021", "any", /"any"; allowed is an address/],
  ])("at %s, %s is refused", (eventSocket, allow, words) => {
    const plan = (): unknown => allowed(eventSocket, allow);
    expect(plan).toThrow(ConfigError);
    expect(plan).toThrow(words);
  });

  test.each(["192.0.2.1:8021", "[2001:db8::1]:8021"])("at %s somebody must be named", (eventSocket) => {
    expect(() => allowed(eventSocket)).toThrow(/not on loopback: say with --allow/);
  });
});

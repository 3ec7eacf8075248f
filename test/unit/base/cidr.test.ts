import { describe, expect, test } from "vitest";
import { addressList, isRange, plainAddress } from "../../../src/base/index.ts";

describe("an address list", () => {
  const list = addressList(["127.0.0.0/8", "10.1.2.3", "fd00::/8", "::1"]);
  test.each([
    "127.0.0.1",
    "127.255.255.255",
    "10.1.2.3",
    "fd00::2",
    "::1",
    "::ffff:127.0.0.1",
    "::FFFF:10.1.2.3",
  ])("admits %s", (address) => {
    expect(list(address)).toBe(true);
  });
  test.each(["128.0.0.1", "10.1.2.4", "fe80::1", "::ffff:128.0.0.1", "", "localhost", "127.0.0.1/8"])(
    "refuses %s",
    (address) => {
      expect(list(address)).toBe(false);
    },
  );
  test("an empty one admits nobody", () => {
    expect(addressList([])("127.0.0.1")).toBe(false);
  });
  test("throws on what is no range", () => {
    expect(() => addressList(["10.0.0.0/33"])).toThrow(RangeError);
  });
});

test.each([
  ["10.0.0.0/8", true],
  ["0.0.0.0/0", true],
  ["::/0", true],
  ["fd00::/129", false],
  ["10.0.0.0/", false],
  ["10.0.0/8", false],
  ["example.org", false],
])("isRange(%s) is %s", (text, expected) => {
  expect(isRange(text)).toBe(expected);
});

test("plainAddress undoes only IPv4-mapped addresses", () => {
  expect(plainAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(plainAddress("::ffff:1")).toBe("::ffff:1");
  expect(plainAddress("fd00::1")).toBe("fd00::1");
});

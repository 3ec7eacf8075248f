import { beforeEach, describe, expect, test } from "vitest";
import { SourceFilter } from "../../../../src/gateway/media/lane/source-filter.ts";

const named = { host: "192.0.2.5", port: 16_000 };
const other = "192.0.2.6";
const stranger = "203.0.113.9";

let filter: SourceFilter;

beforeEach(() => {
  filter = new SourceFilter();
  filter.set({ endpoint: named, others: [other] }, 0);
});

test("nobody is believed without a description", () => {
  expect(new SourceFilter().takes(named.host, named.port, 0)).toBe(false);
  filter.set(null, 0);
  expect(filter.takes(named.host, named.port, 0)).toBe(false);
});

test("whom the description names is believed, and learns nothing", () => {
  expect(filter.takes(named.host, named.port, 60_000)).toBe(true);
  expect(filter.learned).toBeNull();
});

test("a stranger never is", () => {
  expect(filter.takes(stranger, named.port, 0)).toBe(false);
});

describe("while nothing came from where the description says", () => {
  test("the first other port of its host is taken for it, and no second one", () => {
    expect(filter.takes(named.host, 17_000, 60_000)).toBe(true);
    expect(filter.learned).toEqual({ host: named.host, port: 17_000 });
    expect(filter.takes(named.host, 17_002, 60_000)).toBe(false);
    expect(filter.takes(named.host, 17_000, 61_000)).toBe(true);
  });

  test("another host of the rule is taken for it within five seconds, and not later", () => {
    expect(filter.takes(other, 20_000, 5_001)).toBe(false);
    expect(filter.takes(other, 20_000, 5_000)).toBe(true);
    expect(filter.learned).toEqual({ host: other, port: 20_000 });
    expect(filter.takes(named.host, 17_000, 5_000)).toBe(false);
  });

  test("the one that is named wins over who was first", () => {
    expect(filter.takes(named.host, 17_000, 0)).toBe(true);
    expect(filter.takes(named.host, named.port, 10)).toBe(true);
    expect(filter.learned).toBeNull();
    expect(filter.takes(named.host, 17_000, 20)).toBe(false);
  });
});

test("once it was heard, no other port is taken", () => {
  filter.takes(named.host, named.port, 0);
  expect(filter.takes(named.host, 17_000, 1)).toBe(false);
});

test("the same description again changes nothing; another one starts anew", () => {
  filter.takes(named.host, 17_000, 0);
  filter.set({ endpoint: { ...named }, others: [] }, 10_000);
  expect(filter.learned).toEqual({ host: named.host, port: 17_000 });
  filter.set({ endpoint: { ...named, port: 16_100 }, others: [other] }, 20_000);
  expect(filter.learned).toBeNull();
  expect(filter.takes(other, 20_000, 25_000)).toBe(true);
});

test("reports come from the host that media comes from", () => {
  expect(filter.takesReportsFrom(named.host)).toBe(true);
  expect(filter.takesReportsFrom(other)).toBe(false);
  filter.takes(other, 20_000, 0);
  expect(filter.takesReportsFrom(other)).toBe(true);
  expect(filter.takesReportsFrom(named.host)).toBe(false);
});

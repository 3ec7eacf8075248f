import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CloseReason } from "../../../src/protocol/esl/index.ts";
import { backoff } from "../../../src/switch/backoff.ts";
import { bindingOf } from "../../../src/switch/binding.ts";
import { uuidsOf } from "../../../src/switch/channel-list.ts";
import { heartbeatOf } from "../../../src/switch/heartbeat.ts";
import { LagMeter } from "../../../src/switch/lag.ts";
import { explainBinding, explainClose } from "../../../src/switch/words.ts";

test("the waits between attempts double up to five seconds, half of each by chance", () => {
  expect([0, 1, 2, 3, 4, 5, 1000].map((failures) => backoff(failures, 1))).toEqual([
    250, 500, 1000, 2000, 4000, 5000, 5000,
  ]);
  expect(backoff(3, 0)).toBe(1000);
});

describe("lag", () => {
  test("is what exceeds the clocks' difference, in either direction", () => {
    for (const skew of [-3_600_000, 0, 86_400_000]) {
      const meter = new LagMeter();
      const lags = [5, 2, 902, 2, 20_002].map((delay, index) => {
        const eventTime = 1_000_000 + index * 1000;
        return meter.observe(eventTime, eventTime + skew + delay);
      });
      expect(lags).toEqual([0, 0, 900, 0, 20_000]);
    }
  });

  test("a clock that was set is forgotten after two windows", () => {
    const meter = new LagMeter();
    meter.observe(0, 0);
    expect(meter.observe(1000, 61_000)).toBe(60_000);
    expect(meter.observe(600_000, 660_000)).toBe(60_000);
    expect(meter.observe(1_300_000, 1_360_000)).toBe(0);
  });
});

describe("whose configuration a switch asks for", () => {
  const live =
    '<configuration name="patchcord.conf">\n  <settings>\n    <param name="instance" value="nonce-1"></param>\n  </settings>\n</configuration>\n';
  test.each([
    [live, "ours"],
    [live.replace("nonce-1", "other"), "another's"],
    ['<param value="nonce-1" name="instance"/>', "ours"],
    ["can't find anything\n", "none"],
    ['<param name="other" value="nonce-1"/><param name="instance"/>', "none"],
    ["-ERR bad args", "none"],
  ] as const)("%j: %s", (reply, binding) => {
    expect(bindingOf(reply, "nonce-1")).toBe(binding);
  });

  test("and what to do about it", () => {
    expect(explainBinding("ours", "h:1")).toBeNull();
    for (const binding of ["none", "another's"] as const) {
      expect(explainBinding(binding, "h:1")).toMatch(/h:1 .*patchcord conf DIR/);
    }
  });
});

test("each reason of a closed connection names the switch and differs in words", () => {
  const kinds: readonly CloseReason["kind"][] = [
    "unreachable",
    "access-refused",
    "password-refused",
    "disconnect-notice",
    "lost",
    "protocol",
    "stalled",
    "requested",
  ];
  const words = kinds.map((kind) => explainClose({ kind, detail: "why" }, "10.0.0.1:8021"));
  expect(new Set(words).size).toBe(kinds.length);
  expect(words.every((one) => one.includes("10.0.0.1:8021"))).toBe(true);
  expect(words[1]).toMatch(/\bACL\b/);
  expect(words[2]).toMatch(/password/);
  expect(words[2]).not.toMatch(/\bacl\b/i);
});

describe("show channels as json", () => {
  test("uuids that may stand in a command", () => {
    const rows = [
      { uuid: "a-1" },
      { uuid: "b c" },
      { uuid: "x\n\napi shutdown" },
      { uuid: 5 },
      null,
      {},
      { uuid: "ok.2" },
    ];
    expect(uuidsOf(JSON.stringify({ row_count: 7, rows }))).toEqual(["a-1", "ok.2"]);
  });

  test.each([
    '{"row_count": 0}\n',
    "-ERR SQL disabled, no data available!\n",
    "null",
    "[]",
    '{"rows":5}',
    "",
  ])("%j has none", (output) => {
    expect(uuidsOf(output)).toEqual([]);
  });

  test("any JSON is survived", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(uuidsOf(text).every((uuid) => /^[\w.-]+$/.test(uuid))).toBe(true);
      }),
    );
  });
});

test("a heartbeat as recorded", () => {
  const file = join(import.meta.dirname, "../../fixtures/esl/registration-events.json");
  const { heartbeat } = JSON.parse(readFileSync(file, "utf8")) as { heartbeat: Record<string, string> };
  const load = { "Session-Count": "7", "Session-Peak-Max": "9", "Session-Per-Sec-Last": "3" };
  expect(heartbeatOf({ ...heartbeat, ...load })).toEqual({
    sessions: 7,
    sessionsPeak: 9,
    sessionsPerSecond: 3,
    version: "1.11.3-dev+git~20260821T141014Z~cc93a683ca~64bit",
  });
  expect(heartbeatOf({ "Event-Name": "HEARTBEAT", "Session-Count": "-1" })).toMatchObject({
    sessions: 0,
    version: null,
  });
  expect(heartbeatOf({ "Event-Name": "CHANNEL_CREATE" })).toBeUndefined();
});

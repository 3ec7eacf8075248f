import { expect, test } from "vitest";
import { silentLogger } from "../../../src/base/index.ts";
import { TrustedAddresses } from "../../../src/gateway/trusted.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";

test("believes what the switches' names mean, also when it changes, also while nobody can tell", async () => {
  const clock = new ManualClock();
  let answer: readonly string[] | null = ["192.0.2.1", "::ffff:192.0.2.9"];
  const trusted = new TrustedAddresses({
    hosts: ["pbx.example", "127.0.0.1", "pbx.example"],
    resolve: (host) => {
      if (host === "127.0.0.1") return Promise.resolve([host]);
      return answer ? Promise.resolve(answer) : Promise.reject(new Error("EAI_AGAIN"));
    },
    clock,
    log: silentLogger,
  });
  expect(trusted.has("127.0.0.1")).toBe(false);
  await trusted.refresh();
  expect(["127.0.0.1", "::ffff:127.0.0.1", "192.0.2.1", "192.0.2.9"].map((one) => trusted.has(one))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(trusted.has("192.0.2.2")).toBe(false);
  expect(trusted.list().toSorted()).toEqual(["127.0.0.1", "192.0.2.1", "192.0.2.9"]);
  answer = null;
  await trusted.refresh();
  expect(trusted.has("192.0.2.1")).toBe(true);
  answer = ["192.0.2.2"];
  await trusted.refresh();
  expect([trusted.has("192.0.2.1"), trusted.has("192.0.2.2")]).toEqual([false, true]);
  expect(clock.pending).toEqual([60_000]);
  // A switch came up while the names were being looked up.
  await Promise.all([trusted.refresh(), trusted.refresh()]);
  expect(clock.pending).toEqual([60_000]);
  trusted.close();
  expect(clock.pending).toEqual([]);
});

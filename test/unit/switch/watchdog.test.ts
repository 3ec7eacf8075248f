import { describe, expect, test } from "vitest";
import { Watchdog } from "../../../src/switch/watchdog.ts";
import { ManualClock } from "../../fakes/manual-clock.ts";

function watched(ping: () => Promise<unknown> = async () => undefined) {
  const clock = new ManualClock();
  const told: string[] = [];
  let frames = 0;
  const watchdog = new Watchdog(
    {
      framesReceived: () => frames,
      ping: async () => {
        told.push("ping");
        return ping();
      },
      lagging: (milliseconds) => told.push(`lagging ${milliseconds}`),
      giveUp: (why) => told.push(`gave up: ${why}`),
    },
    clock,
  );
  /** An event that comes so late. */
  const event = (late: number, isHeartbeat = false): void => {
    frames += 1;
    watchdog.event(clock.now() - late, isHeartbeat);
  };
  return { clock, told, watchdog, event };
}

const settled = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

const pass = async (clock: ManualClock, ...steps: readonly number[]): Promise<void> => {
  for (const step of steps) {
    clock.advance(step);
    await settled();
  }
};

describe("events that come late", () => {
  test("are told once, and again only after they were on time", () => {
    const { told, event, watchdog } = watched();
    for (const late of [0, 1999, 2000, 5000, 1000, 3000, 400, 2500]) event(late);
    expect(told).toEqual(["lagging 2000", "lagging 2500"]);
    expect(watchdog.lag).toBe(2500);
  });

  test("by a quarter of a minute end the connection", () => {
    const { told, event } = watched();
    event(0);
    event(15_000);
    expect(told).toEqual(["gave up: its events come 15000 ms late"]);
  });
});

describe("silence", () => {
  test("of three heartbeats is answered by a ping, and the connection stays", async () => {
    const { clock, told, watchdog } = watched();
    const stop = new AbortController();
    const watching = watchdog.watchSilence(stop.signal);
    await pass(clock, 20_000, 20_000, 19_999);
    expect(told).toEqual([]);
    await pass(clock, 1);
    expect(told).toEqual(["ping"]);
    expect(clock.pending).toEqual([20_000]);
    stop.abort(new Error("over"));
    await expect(watching).rejects.toThrow("over");
  });

  test("to a ping as well ends the connection", async () => {
    const { clock, told, watchdog } = watched(() => Promise.reject(new Error("no answer")));
    const watching = watchdog.watchSilence(new AbortController().signal);
    await pass(clock, 20_000, 20_000, 20_000);
    await watching;
    expect(told).toEqual(["ping", "gave up: it was silent for three heartbeats and did not answer"]);
    expect(clock.pending).toEqual([]);
  });

  test("is measured in the switch's own heartbeats", async () => {
    const { clock, told, watchdog, event } = watched();
    event(0, true);
    clock.advance(5000);
    event(0, true);
    void watchdog.watchSilence(new AbortController().signal);
    await pass(clock, 5000, 5000, 4999);
    expect(told).toEqual([]);
    await pass(clock, 1);
    expect(told).toEqual(["ping"]);
  });

  test("counts anew after anything came", async () => {
    const { clock, told, watchdog, event } = watched();
    void watchdog.watchSilence(new AbortController().signal);
    await pass(clock, 20_000, 20_000);
    event(0);
    await pass(clock, 20_000, 20_000, 20_000);
    expect(told).toEqual([]);
    await pass(clock, 20_000);
    expect(told).toEqual(["ping"]);
  });

  test("is none while anything comes", async () => {
    const { clock, told, watchdog, event } = watched();
    void watchdog.watchSilence(new AbortController().signal);
    for (let n = 0; n < 10; n += 1) {
      event(0);
      clock.advance(60_000);
      await settled();
    }
    expect(told).toEqual([]);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox, type OutboxLimits, type Wire } from "../../../src/edge/server/outbox.ts";

/** A socket whose reader takes what is sent only when told to. */
class SlowWire implements Wire {
  readonly sent: string[] = [];
  readonly #unsent: { text: string; sent: (error?: Error) => void }[] = [];
  readyState = 1;

  get bufferedAmount(): number {
    return this.#unsent.reduce((sum, { text }) => sum + text.length, 0);
  }

  send(text: string, sent: (error?: Error) => void): void {
    this.#unsent.push({ text, sent });
  }

  /** The reader takes one frame; false when there is none. */
  take(): boolean {
    const next = this.#unsent.shift();
    if (!next) return false;
    this.sent.push(next.text);
    next.sent();
    return true;
  }
}

const limits: OutboxLimits = { socketBytes: 20, waiting: 5 };
const texts = (frames: readonly string[]) => frames.map((frame) => () => frame);

describe("the outbox of one client", () => {
  test("gives the socket no more than it may hold, and the rest once it is read", () => {
    const wire = new SlowWire();
    const outbox = new Outbox(wire, { socketBytes: 10, waiting: 100 }, () => expect.unreachable());
    for (let at = 0; at < 10; at += 1) outbox.push(() => `frame${at}`);
    expect(wire.bufferedAmount).toBeLessThan(10 + 6);
    while (wire.take());
    expect(wire.sent).toEqual(Array.from({ length: 10 }, (_, at) => `frame${at}`));
  });

  test("a client that reads nothing overflows once, and is sent no more", () => {
    const wire = new SlowWire();
    let overflows = 0;
    const outbox = new Outbox(wire, limits, () => {
      overflows += 1;
    });
    for (let at = 0; at < 1000; at += 1) outbox.push(() => "0123456789");
    expect(overflows).toBe(1);
    while (wire.take());
    expect(wire.sent).toHaveLength(2);
  });

  test("a replay of any length is no overflow", () => {
    const wire = new SlowWire();
    const outbox = new Outbox(wire, limits, () => expect.unreachable());
    const replay = Array.from({ length: 5000 }, (_, at) => `frame${at}`);
    outbox.replay(texts(replay));
    outbox.push(() => "live");
    while (wire.take());
    expect(wire.sent).toEqual([...replay, "live"]);
  });

  test("a frame is made only when its turn comes", () => {
    const wire = new SlowWire();
    let made = 0;
    const outbox = new Outbox(wire, limits, () => undefined);
    outbox.replay(
      Array.from({ length: 100 }, () => () => {
        made += 1;
        return "0123456789";
      }),
    );
    expect(made).toBe(2);
  });

  test("nothing is sent on a socket that closes", () => {
    const wire = new SlowWire();
    const outbox = new Outbox(wire, limits, () => undefined);
    wire.readyState = 2;
    outbox.push(() => "late");
    expect(wire.take()).toBe(false);
  });

  test("whatever the pace, what arrives is a prefix of what was pushed, in order; all of it without overflow", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.array(fc.oneof(fc.constant("push" as const), fc.constant("take" as const)), { maxLength: 200 }),
        (replayed, steps) => {
          const wire = new SlowWire();
          let overflowed = false;
          const outbox = new Outbox(wire, limits, () => {
            overflowed = true;
          });
          const pushed = Array.from({ length: replayed }, (_, at) => `r${at}`);
          outbox.replay(texts(pushed));
          for (const [at, step] of steps.entries()) {
            if (step === "take") wire.take();
            else {
              pushed.push(`p${at}`);
              outbox.push(() => `p${at}`);
            }
          }
          while (wire.take());
          expect(wire.sent).toEqual(pushed.slice(0, wire.sent.length));
          expect(overflowed || wire.sent.length === pushed.length).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

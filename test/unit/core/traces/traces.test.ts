import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Traces, type TraceFacts, type TraceStart } from "../../../../src/core/traces/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";

const start = (reference: string): TraceStart => ({
  reference,
  invitation: null,
  user: "77",
  direction: "to-web-user",
});
const facts = (status: number | null): TraceFacts => ({
  sip: { callId: "call-id", status, reason: null },
  web: null,
  far: null,
});
const busy = { cause: "USER_BUSY", sip: 486, by: "callee" } as const;

function made(retainEnded?: number) {
  const clock = new ManualClock(1000);
  const traces = new Traces({ clock, ...(retainEnded === undefined ? {} : { retainEnded }) });
  return { clock, traces };
}

test("a live leg tells what is so now, an ended one what was so last", () => {
  const { clock, traces } = made();
  let status = 100;
  const trace = traces.open(start("r"), () => facts(status));
  expect(traces.get("r")).toMatchObject({
    sip: { status: 100 },
    startedAt: 1000,
    endedAt: null,
    ending: null,
  });
  status = 180;
  trace.invitedAs("invitation-1");
  expect(traces.get("r")).toMatchObject({ sip: { status: 180 }, invitation: "invitation-1" });
  clock.advance(500);
  status = 486;
  trace.end(busy);
  status = 0;
  clock.advance(500);
  trace.end({ ...busy, cause: "NORMAL_CLEARING" });
  expect(traces.get("r")).toMatchObject({ sip: { status: 486 }, endedAt: 1500, ending: busy });
  expect(traces.counts()).toEqual({ live: 0, ended: 1 });
});

test("a milestone counts once, at its first time, and none after the end", () => {
  const { clock, traces } = made();
  const trace = traces.open(start("r"), () => facts(null));
  trace.note("ringing");
  clock.advance(10);
  trace.note("ringing");
  trace.note("first-rtp", "web");
  trace.note("first-rtp", "sip");
  trace.end(busy);
  trace.note("media-lost", "consent-expired");
  expect(traces.get("r")?.notes).toEqual([
    { time: 1000, milestone: "ringing", detail: null },
    { time: 1010, milestone: "first-rtp", detail: "web" },
    { time: 1010, milestone: "first-rtp", detail: "sip" },
  ]);
});

test("what nobody opened is not known", () => {
  expect(made().traces.get("r")).toBeUndefined();
});

test("however many open and end, the live ones are known and the latest ended, and no more is kept", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (ends) => {
      const { traces } = made(3);
      const ended: string[] = [];
      for (const [index, isOver] of ends.entries()) {
        const trace = traces.open(start(String(index)), () => facts(null));
        if (!isOver) continue;
        trace.end(busy);
        ended.push(String(index));
      }
      const known = ends.map((_, index) => String(index)).filter((one) => traces.get(one) !== undefined);
      const live = ends.flatMap((isOver, index) => (isOver ? [] : [String(index)]));
      expect(new Set(known)).toEqual(new Set([...live, ...ended.slice(-3)]));
      expect(traces.counts()).toEqual({ live: live.length, ended: Math.min(3, ended.length) });
    }),
  );
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseRtcp,
  ReceivedStream,
  reportPacket,
  SentStream,
  takeReports,
} from "../../../../src/protocol/rtp/index.ts";

const at = 1_700_000_000_000;

/** Packets of 20 ms with these sequences, arriving in time. */
function received(sequences: readonly number[], stream = new ReceivedStream(8000)): ReceivedStream {
  for (const [index, sequence] of sequences.entries()) {
    stream.packet(1, sequence & 0xffff, (160 * sequence) >>> 0, 160, at + 20 * index);
  }
  return stream;
}

describe("loss (RFC 3550 A.1, A.3)", () => {
  test("every packet came, over a wrap", () => {
    const stream = received(Array.from({ length: 1000 }, (_, index) => 65_000 + index));
    expect(stream).toMatchObject({ packets: 1000, bytes: 160_000, lost: 0 });
    expect(stream.report(at)).toMatchObject({ fractionLost: 0, lost: 0, highestSequence: 65_999 });
  });

  test("the loss that was made is the loss that is reported, in whatever order the rest came", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.uniqueArray(fc.integer({ min: 1, max: 198 }), { maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 197 })),
        (start, lost, swaps) => {
          const kept = Array.from({ length: 200 }, (_, index) => index).filter((one) => !lost.includes(one));
          for (const swap of swaps) {
            const [one, other] = [kept[swap], kept[swap + 1]];
            // The first and the last packet stay where they are: they say how many were expected.
            if (one === undefined || other === undefined || swap + 2 >= kept.length) continue;
            [kept[swap], kept[swap + 1]] = [other, one];
          }
          const stream = received(kept.map((one) => start + one));
          expect(stream.lost).toBe(lost.length);
          expect(stream.report(at)).toMatchObject({
            lost: lost.length,
            fractionLost: Math.floor((lost.length * 256) / 200),
          });
        },
      ),
    );
  });

  test("the fraction is of the interval, the count is cumulative", () => {
    const stream = received([1, 2, 3, 4, 5, 6, 7, 10]);
    expect(stream.report(at)).toMatchObject({ lost: 2, fractionLost: Math.floor((2 * 256) / 10) });
    received([11, 12, 13, 14], stream);
    expect(stream.report(at)).toMatchObject({ lost: 2, fractionLost: 0 });
    received([15, 17, 18], stream);
    expect(stream.report(at)).toMatchObject({ lost: 3, fractionLost: 64 });
    expect(stream.report(at)).toMatchObject({ lost: 3, fractionLost: 0 });
  });

  test("packets that came twice make it negative", () => {
    const stream = received([1, 1, 2, 2]);
    expect(stream.lost).toBe(-2);
    expect(stream.report(at)).toMatchObject({ lost: -2, fractionLost: 0 });
  });

  test("a new SSRC begins anew for RTCP, and the totals go on", () => {
    const stream = received([1, 2, 5]);
    stream.packet(2, 40_000, 0, 160, at);
    stream.packet(2, 40_001, 160, 160, at + 20);
    expect(stream).toMatchObject({ packets: 5, lost: 2 });
    expect(stream.report(at)).toMatchObject({ ssrc: 2, lost: 0, highestSequence: 40_001 });
  });

  test("one stray packet is not believed, two in a row are a source that began anew", () => {
    const stream = received([1, 2, 3, 30_000, 4]);
    expect(stream.report(at)).toMatchObject({ highestSequence: 4, lost: 0 });
    received([50_000, 50_001, 50_002], stream);
    expect(stream.report(at)).toMatchObject({ highestSequence: 50_002, lost: 0 });
  });

  test("nothing came: nothing to report", () => {
    expect(new ReceivedStream(8000).report(at)).toBeNull();
    expect(new ReceivedStream(8000)).toMatchObject({ packets: 0, lost: 0, jitter: 0, lastAt: null });
  });
});

/** As the appendix writes it, in timestamp units. */
function reference(arrivals: readonly number[], clockRate: number): number {
  let jitter = 0;
  for (const [index, arrival] of arrivals.entries()) {
    const before = arrivals[index - 1];
    if (before === undefined) continue;
    const difference = Math.abs(((arrival - before) * clockRate) / 1000 - (20 * clockRate) / 1000);
    jitter += (difference - jitter) / 16;
  }
  return (jitter / clockRate) * 1000;
}

describe("jitter (RFC 3550 A.8)", () => {
  test.each([8000, 48_000])("at %i Hz, over the timestamp's wrap", (clockRate) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2 }), (delays) => {
        const stream = new ReceivedStream(clockRate);
        const arrivals = delays.map((delay, index) => at + 20 * index + delay);
        for (const [index, arrival] of arrivals.entries()) {
          const timestamp = (0xffff_f000 + (20 * index * clockRate) / 1000) >>> 0;
          stream.packet(1, index, timestamp, 1, arrival);
        }
        expect(stream.jitter).toBeCloseTo(reference(arrivals, clockRate), 2);
      }),
    );
  });

  test("a minute of hold in which timestamps stand still is no jitter", () => {
    const stream = received([1, 2, 3]);
    stream.packet(1, 4, 160 * 4, 160, at + 60_000);
    stream.packet(1, 5, 160 * 5, 160, at + 60_020);
    expect(stream.jitter).toBeCloseTo(0, 5);
  });

  test("telephone-events, whose timestamp stands still, do not count", () => {
    const stream = received([1, 2, 3]);
    for (let index = 0; index < 5; index += 1) {
      stream.packet(1, 4 + index, 160 * 4, 4, at + 60 + 20 * index, false);
    }
    expect(stream.jitter).toBeCloseTo(0, 5);
  });
});

test("round trip, loss and jitter come back in the peer's reports", () => {
  const [here, there] = [
    { sent: new SentStream(1, 8000), received: new ReceivedStream(8000) },
    { sent: new SentStream(2, 8000), received: new ReceivedStream(8000) },
  ];
  for (let index = 0; index < 100; index += 1) {
    here.sent.packet(160 * index, 160, at + 20 * index);
    if (index % 4 !== 3 || index === 99) {
      there.received.packet(1, index, 160 * index, 160, at + 20 * index + 30);
    }
  }
  const deliver = (packet: Uint8Array, to: typeof here, now: number): void => {
    takeReports(parseRtcp(packet) ?? [], to, now);
  };
  expect(here.sent.roundTrip).toBeNull();
  deliver(reportPacket({ cname: "a", ...here, now: at + 2000 }), there, at + 2030);
  const back = reportPacket({ cname: "b", ...there, now: at + 3000 });
  expect(parseRtcp(back)?.map(({ kind }) => kind)).toEqual(["receiver-report", "source-description"]);
  deliver(back, here, at + 3045);
  expect(here.sent.roundTrip).toBeCloseTo(75, 0);
  expect(here.sent).toMatchObject({ lost: 24, packets: 100, bytes: 16_000 });
  expect(here.sent.fractionLost).toBeCloseTo(0.24, 2);
  expect(here.sent.jitter).toBe(0);
});

test("who sends reports as a sender, who stopped as a receiver; the last one says BYE", () => {
  const sent = new SentStream(7, 48_000);
  const stream = { sent, received: received([1, 2, 4]) };
  const kinds = (now: number, bye = false): (string | undefined)[] =>
    parseRtcp(reportPacket({ cname: "name", ...stream, now, bye }))?.map(({ kind }) => kind) ?? [];
  expect(kinds(at)).toEqual(["receiver-report", "source-description"]);
  sent.packet(1000, 80, at);
  const [report] = parseRtcp(reportPacket({ cname: "name", ...stream, now: at + 10 })) ?? [];
  expect(report).toMatchObject({
    kind: "sender-report",
    ssrc: 7,
    // 1,700,000,000 s after 1970 and 70 years, and 10 ms of 48 kHz behind the packet.
    sender: { ntpSeconds: 1_700_000_000 + 2_208_988_800, timestamp: 1480, packets: 1, octets: 80 },
  });
  expect(kinds(at + 20, true)).toEqual(["receiver-report", "source-description", "bye"]);
});

test("what a peer makes up does not become a figure", () => {
  const sent = new SentStream(7, 8000);
  const block = {
    ssrc: 7,
    fractionLost: 0,
    lost: 0,
    highestSequence: 0,
    jitter: 0,
    lastSenderReport: 0x1234_5678,
    delay: 0xffff_0000,
  };
  sent.reported({ ...block, ssrc: 8, lost: 99 }, at);
  expect(sent).toMatchObject({ lost: 0, fractionLost: null });
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (lastSenderReport, delay) => {
      sent.reported({ ...block, lastSenderReport, delay }, at);
      expect(sent.roundTrip ?? 0).toBeGreaterThanOrEqual(0);
      expect(sent.roundTrip ?? 0).toBeLessThan(60_000);
    }),
  );
});

import { describe, expect, test } from "vitest";
import { fromMuLaw, rtpPayload } from "../../live/harness/ear.ts";
import { tonesIn } from "../../live/harness/tone.ts";

const rate = 8000;
const candidates = [440, 620, 1130, 1750, 2350];
const sound = (sample: (second: number) => number): Float64Array =>
  Float64Array.from({ length: rate / 2 }, (_, index) => sample(index / rate));
const sine = (frequency: number, amplitude: number) => (second: number) =>
  amplitude * Math.sin(2 * Math.PI * frequency * second);

describe("tonesIn", () => {
  test.each(candidates)("finds %d Hz alone, loud or low", (frequency) => {
    expect(tonesIn(sound(sine(frequency, 0.9)), rate, candidates)).toEqual([frequency]);
    expect(tonesIn(sound(sine(frequency, 0.05)), rate, candidates)).toEqual([frequency]);
  });

  test("finds two that sound at once, the stronger first", () => {
    const both = sound((second) => sine(1130, 0.3)(second) + sine(440, 0.4)(second));
    expect(tonesIn(both, rate, candidates)).toEqual([440, 1130]);
  });

  test("finds a tone under noise of a quarter of its energy", () => {
    let state = 1;
    const noise = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return (state / 2_147_483_647 - 0.5) * 0.5;
    };
    expect(
      tonesIn(
        sound((second) => sine(440, 0.4)(second) + noise()),
        rate,
        candidates,
      ),
    ).toEqual([440]);
  });

  test.each([
    ["silence", () => 0],
    ["comfort noise level", sine(440, 0.005)],
    ["another tone", sine(900, 0.5)],
    ["a constant", () => 0.5],
  ])("finds none in %s", (_, sample) => {
    expect(tonesIn(sound(sample), rate, candidates)).toEqual([]);
  });

  test("finds none in nothing", () => {
    expect(tonesIn(new Float64Array(), rate, candidates)).toEqual([]);
  });
});

describe("an RTP packet", () => {
  const header = [0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4];

  test.each([
    ["plain", [...header, 9, 8, 7], [9, 8, 7]],
    ["with two contributing sources", [0x82, ...header.slice(1), 0, 0, 0, 0, 0, 0, 0, 0, 9], [9]],
    ["with a header extension", [0x90, ...header.slice(1), 0xbe, 0xde, 0, 1, 0, 0, 0, 0, 9], [9]],
    ["with padding", [0xa0, ...header.slice(1), 9, 8, 0, 0, 3], [9, 8]],
    ["with the marker bit", [0x80, 0x80, ...header.slice(2), 9], [9]],
    ["of telephone-event", [0x80, 101, ...header.slice(2), 9], []],
    ["of version 1", [0x40, ...header.slice(1), 9], []],
    ["cut short", header.slice(0, 8), []],
  ])("%s gives its payload", (_, packet, payload) => {
    expect([...rtpPayload(Buffer.from(packet), 0)]).toEqual(payload);
  });

  test("of mu-law decodes to the values of G.711", () => {
    expect([0xfe, 0x7e, 0x80, 0x00].map((byte) => Math.round(fromMuLaw(byte) * 32_768))).toEqual([
      8, -8, 32_124, -32_124,
    ]);
  });
});

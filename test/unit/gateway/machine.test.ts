import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ending } from "../../../src/core/invitations/index.ts";
import {
  begin,
  step,
  type End,
  type SessionInput,
  type SessionState,
  type Standing,
} from "../../../src/gateway/machine.ts";

const codecs = [{ name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" }];
const canceled: End = { ending: ending("ORIGINATOR_CANCEL"), by: "caller" };
const hungUp: End = { ending: ending("NORMAL_CLEARING"), by: "callee" };
const lost: End = { ending: ending("MEDIA_TIMEOUT"), by: "network" };

/** Words for inputs, so that a row reads as what happened. */
const inputs = {
  routed: { type: "routed" },
  alerting: { type: "alerting" },
  early: { type: "early", codecs },
  progressed: { type: "progressed" },
  taken: { type: "taken", codecs },
  answered: { type: "answered" },
  "caller over": { type: "over", side: "caller", end: canceled },
  "callee over": { type: "over", side: "callee", end: hungUp },
  hangup: { type: "hangup", end: lost },
  released: { type: "released" },
} as const satisfies Record<string, SessionInput>;
type Word = keyof typeof inputs;

/** The states after each input, and what was done, as words. */
function run(words: readonly Word[]): { state: SessionState; done: string[] } {
  let standing: Standing = begin;
  const done: string[] = [];
  for (const word of words) {
    const taken = step(standing, inputs[word]);
    if (!taken) continue;
    ({ standing } = taken);
    for (const effect of taken.effects) {
      done.push(effect.type === "tell" ? `tell ${effect.side} ${effect.end.ending.cause}` : effect.type);
    }
  }
  return { state: standing.state, done };
}

describe("a session", () => {
  test.each<[string, Word[], SessionState, string[]]>([
    [
      "that is answered",
      ["routed", "alerting", "taken", "answered"],
      "active",
      ["call", "alert", "answer", "connect", "confirm"],
    ],
    [
      "that is answered without ringing",
      ["routed", "taken", "answered"],
      "active",
      ["call", "answer", "connect", "confirm"],
    ],
    [
      "with early media relays once, from then on",
      ["routed", "alerting", "early", "progressed", "taken", "answered"],
      "active",
      ["call", "alert", "progress", "connect", "answer", "confirm"],
    ],
    [
      "whose early media says that it rings",
      ["routed", "early", "progressed"],
      "early",
      ["call", "alert", "progress", "connect"],
    ],
    [
      "that is answered before the caller can hear early media",
      ["routed", "early", "taken", "progressed", "answered"],
      "active",
      ["call", "alert", "progress", "answer", "connect", "confirm"],
    ],
    [
      "whose early media comes through after the answer",
      ["routed", "early", "taken", "answered", "progressed"],
      "active",
      ["call", "alert", "progress", "answer", "connect", "confirm"],
    ],
    ["that rings twice", ["routed", "alerting", "alerting"], "ringing", ["call", "alert"]],
    ["that goes nowhere", ["hangup", "released"], "ended", ["tell caller MEDIA_TIMEOUT", "release"]],
    ["that is given up while it is routed", ["caller over", "released"], "ended", ["release"]],
    [
      "that is refused",
      ["routed", "alerting", "callee over"],
      "ending",
      ["call", "alert", "tell caller NORMAL_CLEARING", "release"],
    ],
    [
      "that the callee leaves while its answer is under way",
      ["routed", "taken", "callee over", "answered"],
      "ending",
      ["call", "answer", "tell caller NORMAL_CLEARING", "release"],
    ],
    [
      "whose media is lost",
      ["routed", "taken", "answered", "hangup"],
      "ending",
      [
        "call",
        "answer",
        "connect",
        "confirm",
        "tell caller MEDIA_TIMEOUT",
        "tell callee MEDIA_TIMEOUT",
        "release",
      ],
    ],
  ])("%s", (_what, words, state, done) => {
    expect(run(words)).toEqual({ state, done });
  });

  describe("races: whoever is first decides, the other finds it ending", () => {
    const active: Word[] = ["routed", "alerting", "taken", "answered"];
    const told = (words: Word[]): string[] => run(words).done.filter((one) => one.startsWith("tell"));

    test.each<[string, Word[], string[]]>([
      [
        "CANCEL, then accept",
        ["routed", "alerting", "caller over", "taken"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
      [
        "accept, then CANCEL",
        ["routed", "alerting", "taken", "caller over"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
      [
        "CANCEL, then refusal",
        ["routed", "alerting", "caller over", "callee over"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
      [
        "refusal, then CANCEL",
        ["routed", "alerting", "callee over", "caller over"],
        ["tell caller NORMAL_CLEARING"],
      ],
      [
        "ring timeout, then accept",
        ["routed", "alerting", "callee over", "taken"],
        ["tell caller NORMAL_CLEARING"],
      ],
      [
        "the caller's BYE, then the callee's",
        [...active, "caller over", "callee over"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
      [
        "the callee's BYE, then the caller's",
        [...active, "callee over", "caller over"],
        ["tell caller NORMAL_CLEARING"],
      ],
      [
        "lost media, then a hang-up",
        [...active, "hangup", "callee over"],
        ["tell caller MEDIA_TIMEOUT", "tell callee MEDIA_TIMEOUT"],
      ],
      ["a hang-up, then lost media", [...active, "callee over", "hangup"], ["tell caller NORMAL_CLEARING"]],
      ["the ACK, then BYE", [...active, "caller over"], ["tell callee ORIGINATOR_CANCEL"]],
      [
        "BYE, then the ACK",
        ["routed", "taken", "caller over", "answered"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
      [
        "early media, then CANCEL",
        ["routed", "early", "caller over", "progressed"],
        ["tell callee ORIGINATOR_CANCEL"],
      ],
    ])("%s", (_what, words, tells) => {
      expect(told(words)).toEqual(tells);
      const { state, done } = run([...words, "released"]);
      expect(state).toBe("ended");
      expect(done.filter((one) => one === "release")).toHaveLength(1);
    });
  });

  test("refuses what cannot come: that is our bug", () => {
    expect(() => step(begin, inputs.taken)).toThrow("a session that is routing cannot be told taken");
    expect(() => step({ state: "active", relayed: true }, inputs.taken)).toThrow("active");
    expect(() => step({ state: "calling", relayed: false }, inputs.answered)).toThrow("calling");
    expect(() => step({ state: "active", relayed: true }, inputs.released)).toThrow("active");
  });

  test("relays at most once, releases exactly once, and tells nobody after its end, whatever happens", () => {
    const words = fc.array(fc.constantFrom(...(Object.keys(inputs) as Word[])), { maxLength: 30 });
    fc.assert(
      fc.property(words, (sequence) => {
        let standing: Standing = begin;
        const done: string[] = [];
        for (const word of sequence) {
          let taken;
          try {
            taken = step(standing, inputs[word]);
          } catch {
            continue;
          }
          if (!taken) continue;
          const late = standing.state === "ending";
          ({ standing } = taken);
          done.push(...taken.effects.map(({ type }) => (late ? `late ${type}` : type)));
        }
        expect(done.filter((one) => one.startsWith("late"))).toEqual([]);
        const count = (type: string): number => done.filter((one) => one === type).length;
        const over = standing.state === "ending" || standing.state === "ended";
        expect(count("release")).toBe(over ? 1 : 0);
        expect(count("connect")).toBeLessThanOrEqual(1);
        expect(count("confirm")).toBeLessThanOrEqual(count("answer"));
        expect(standing.relayed).toBe(count("connect") === 1);
      }),
    );
  });
});

import { describe, expect, test } from "vitest";
import { ending } from "../../../../src/core/invitations/index.ts";
import { end, invite, refusalOf, times, webUsersWorld } from "../../../fakes/web-users.ts";

/** Two things at the same time: each test runs them in both orders. */
type Act = () => string | undefined;

const codeOf =
  (ask: () => void): Act =>
  () =>
    refusalOf(ask);

/** What was refused, and what each party has heard in the end. */
interface Outcome {
  readonly refused: (string | undefined)[];
  readonly told: readonly string[];
  readonly devices: readonly (string | undefined)[];
  readonly timers: readonly number[];
}

/** A call that rings at two devices of a user; the first has acknowledged it. */
function ringing() {
  const world = webUsersWorld();
  const one = world.connect("s1", "1001");
  const two = world.connect("s2", "1001");
  const { ringing, told } = world.ring("1001");
  const { invitations } = world;
  const { id } = ringing;
  invitations.received("s1", id);
  const acts = {
    "one accepts": codeOf(() => invitations.accept("s1", id, { sdp: "one" })),
    "two accepts": codeOf(() => invitations.accept("s2", id, { sdp: "two" })),
    "one refuses": codeOf(() => invitations.refuse("s1", id, { reason: "busy" })),
    "two refuses": codeOf(() => invitations.refuse("s2", id, {})),
    "one goes": codeOf(() => invitations.disconnect("s1")),
    "two goes": codeOf(() => invitations.disconnect("s2")),
    "the caller cancels": codeOf(() => ringing.end(end("ORIGINATOR_CANCEL"))),
    "the ring time ends": codeOf(() => world.clock.advance(30_000)),
  } satisfies Record<string, Act>;
  return { ...world, one, two, told, acts };
}

/** A device that called; it rings at the other side. */
function calling() {
  const world = webUsersWorld();
  const device = world.connect("s1", "1001");
  world.invitations.invite("s1", invite("a"));
  const { events, asked } = world.exchange.last;
  const { invitations } = world;
  events.received();
  device.news();
  const acts = {
    "it cancels": codeOf(() => invitations.cancel("s1", "a")),
    "it hangs up": codeOf(() => invitations.hangup("s1", "a")),
    "it goes": codeOf(() => invitations.disconnect("s1")),
    "it is answered": codeOf(() => events.accepted({ sdp: "x" })),
    "it is refused": codeOf(() =>
      events.over({ ending: ending("USER_BUSY"), by: "callee", state: "refused" }),
    ),
    "time is up": codeOf(() => world.clock.advance(times.ringing)),
  } satisfies Record<string, Act>;
  return { ...world, device, asked, acts };
}

describe("at a web user's devices", () => {
  type Name = keyof ReturnType<typeof ringing>["acts"];

  function play(first: Name, second: Name): Outcome {
    const { acts, one, two, told, clock } = ringing();
    const refused = [acts[first](), acts[second]()];
    return {
      refused,
      told: told.slice(1),
      devices: [one.news().at(-1), two.news().at(-1)],
      timers: clock.pending,
    };
  }

  const offered = "invitation from 1002 for 01001";
  const lost = "state canceled LOSE_RACE 487";
  const canceled = "state canceled ORIGINATOR_CANCEL 487";
  const expired = "state failed expired 408";
  const busy = "state refused USER_BUSY 486";

  test.for<[Name, Name, Partial<Outcome>]>([
    [
      "one accepts",
      "two accepts",
      {
        refused: [undefined, "already-accepted"],
        told: ["accepted by s1 one"],
        devices: ["state acceptSent", lost],
      },
    ],
    [
      "two accepts",
      "one accepts",
      {
        refused: [undefined, "already-accepted"],
        told: ["accepted by s2 two"],
        devices: [lost, "state acceptSent"],
      },
    ],
    [
      "one accepts",
      "one accepts",
      { refused: [undefined, "already-accepted"], told: ["accepted by s1 one"] },
    ],
    [
      "one accepts",
      "the caller cancels",
      {
        refused: [undefined, undefined],
        told: ["accepted by s1 one"],
        devices: [canceled, lost],
        timers: [],
      },
    ],
    [
      "the caller cancels",
      "one accepts",
      { refused: [undefined, "already-ended"], told: [], devices: [canceled, canceled], timers: [] },
    ],
    [
      "one accepts",
      "two refuses",
      {
        refused: [undefined, "already-accepted"],
        told: ["accepted by s1 one"],
        devices: ["state acceptSent", lost],
      },
    ],
    [
      "two refuses",
      "one accepts",
      { refused: [undefined, "already-ended"], told: ["over CALL_REJECTED 603 by callee"], timers: [] },
    ],
    [
      "one refuses",
      "two refuses",
      {
        refused: [undefined, "already-ended"],
        told: ["over USER_BUSY 486 by callee"],
        devices: [busy, busy],
      },
    ],
    ["one refuses", "the caller cancels", { told: ["over USER_BUSY 486 by callee"], devices: [busy, busy] }],
    [
      "the caller cancels",
      "one refuses",
      { refused: [undefined, "already-ended"], told: [], devices: [canceled, canceled] },
    ],
    ["one goes", "two accepts", { told: ["accepted by s2 two"], devices: [offered, "state acceptSent"] }],
    ["two accepts", "one goes", { told: ["accepted by s2 two"], devices: [lost, "state acceptSent"] }],
    [
      "one accepts",
      "one goes",
      {
        told: ["accepted by s1 one", "over NETWORK_OUT_OF_ORDER 503 by network offline"],
        devices: ["state acceptSent", lost],
        timers: [],
      },
    ],
    [
      "two goes",
      "one goes",
      { told: ["over SUBSCRIBER_ABSENT 480 by network offline"], devices: [offered, offered], timers: [] },
    ],
    ["one goes", "the caller cancels", { told: [], devices: [offered, canceled], timers: [] }],
    ["the caller cancels", "one goes", { told: [], devices: [canceled, canceled], timers: [] }],
    [
      "the ring time ends",
      "one accepts",
      {
        refused: [undefined, "already-ended"],
        told: ["over NO_ANSWER 408 by ours expired"],
        devices: [expired, expired],
      },
    ],
    [
      "one accepts",
      "the ring time ends",
      {
        told: ["accepted by s1 one", "over RECOVERY_ON_TIMER_EXPIRE 504 by ours media"],
        devices: ["state failed media 504", lost],
      },
    ],
    [
      "the ring time ends",
      "the caller cancels",
      { told: ["over NO_ANSWER 408 by ours expired"], devices: [expired, expired], timers: [] },
    ],
    ["the caller cancels", "the ring time ends", { told: [], devices: [canceled, canceled], timers: [] }],
    [
      "the ring time ends",
      "one refuses",
      { refused: [undefined, "already-ended"], told: ["over NO_ANSWER 408 by ours expired"] },
    ],
    ["one refuses", "the ring time ends", { told: ["over USER_BUSY 486 by callee"], timers: [] }],
  ])("%s, then %s", ([first, second, wanted]) => {
    expect(play(first, second)).toMatchObject(wanted);
  });

  test("the media is there just before its deadline, or just after", () => {
    for (const early of [true, false]) {
      const { acts, one, told: before, ...world } = ringing();
      const { clock, invitations } = world;
      acts["the caller cancels"]();
      const { ringing: second, told } = world.ring("1001");
      invitations.accept("s1", second.id, { sdp: "x" });
      one.news();
      clock.advance(early ? times.confirm - 1 : times.confirm);
      second.confirm();
      clock.advance(times.confirm);
      expect(one.news()).toEqual([early ? "state accepted" : "state failed media 504"]);
      expect(told).toHaveLength(early ? 1 : 2);
      expect(before).toEqual(["received"]);
    }
  });
});

describe("at the device that called", () => {
  type Name = keyof ReturnType<typeof calling>["acts"];

  const canceled = ["state canceled ORIGINATOR_CANCEL 487"];
  const answered = ["answer x", "state accepted"];
  const busy = ["state refused USER_BUSY 486"];
  const expired = ["state failed expired 408"];

  test.for<[Name, Name, string | undefined, string[], string[]]>([
    ["it cancels", "it is answered", undefined, canceled, ["end ORIGINATOR_CANCEL by caller"]],
    ["it is answered", "it cancels", "already-accepted", answered, []],
    ["it cancels", "it is refused", undefined, canceled, ["end ORIGINATOR_CANCEL by caller"]],
    ["it is refused", "it cancels", "already-ended", busy, []],
    ["it cancels", "it cancels", "already-ended", canceled, ["end ORIGINATOR_CANCEL by caller"]],
    ["it hangs up", "it is answered", undefined, answered, []],
    [
      "it is answered",
      "it hangs up",
      undefined,
      [...answered, "ended NORMAL_CLEARING 200 by caller"],
      ["end NORMAL_CLEARING by caller"],
    ],
    ["it goes", "it is answered", undefined, canceled, ["end ORIGINATOR_CANCEL by network"]],
    [
      "it is answered",
      "it goes",
      undefined,
      [...answered, "ended NETWORK_OUT_OF_ORDER 503 by network"],
      ["end NETWORK_OUT_OF_ORDER by network"],
    ],
    ["time is up", "it is answered", undefined, expired, ["end NO_ANSWER by ours"]],
    ["it is answered", "time is up", undefined, answered, []],
    ["time is up", "it cancels", "already-ended", expired, ["end NO_ANSWER by ours"]],
    ["it cancels", "time is up", undefined, canceled, ["end ORIGINATOR_CANCEL by caller"]],
    ["time is up", "it is refused", undefined, expired, ["end NO_ANSWER by ours"]],
    ["it is refused", "time is up", undefined, busy, []],
    ["it goes", "it is refused", undefined, canceled, ["end ORIGINATOR_CANCEL by network"]],
    ["it is refused", "it goes", undefined, busy, []],
  ])("%s, then %s", ([first, second, refused, told, asked]) => {
    const one = calling();
    one.acts[first]();
    expect(one.acts[second]()).toBe(refused);
    expect(one.device.news()).toEqual(told);
    expect(one.asked).toEqual(asked);
  });

  test("a hangup before the answer is refused, and the call goes on", () => {
    const { acts } = calling();
    expect(acts["it hangs up"]()).toBe("not-started");
    expect(acts["it cancels"]()).toBeUndefined();
  });
});

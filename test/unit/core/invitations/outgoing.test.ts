import { describe, expect, test } from "vitest";
import { ending } from "../../../../src/core/invitations/index.ts";
import { candidate, invite, refusalOf, times, webUsersWorld } from "../../../fakes/web-users.ts";

function calling() {
  const world = webUsersWorld();
  const device = world.connect("s1", "1001", "Ann");
  world.invitations.invite("s1", invite("a"));
  world.published();
  device.told.shift();
  return { ...world, device, placed: world.exchange.last };
}

describe("an invitation that a device sends", () => {
  test("reaches the exchange under an id of ours, its user's name and number with it", () => {
    const { placed, device } = calling();
    expect(placed.request).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      user: "1001",
      displayName: "Ann",
      session: "s1",
      to: "1002",
      sdp: "offer",
      media: "audio",
    });
    expect(device.told).toEqual([{ type: "state", id: "a", state: "sent" }]);
  });

  test("is named by us where the device does not", () => {
    const { invitations, exchange, device } = calling();
    device.news();
    invitations.invite("s1", invite());
    expect(device.told).toEqual([{ type: "state", id: exchange.last.request.id, state: "sent" }]);
    invitations.cancel("s1", exchange.last.request.id);
    expect(exchange.last.asked).toEqual(["end ORIGINATOR_CANCEL by caller"]);
  });

  test("is rung, heard and answered", () => {
    const { device, placed, published } = calling();
    placed.events.received();
    placed.events.received();
    placed.events.progress("early");
    placed.events.candidate(candidate("c1"));
    placed.events.accepted({ sdp: "answer", response: "hello" });
    placed.events.progress("late");
    placed.events.digits("5");
    placed.events.over({ ending: ending("NORMAL_CLEARING"), by: "callee", state: "failed" });
    expect(device.news()).toEqual([
      "state sent",
      "state received",
      "progress early",
      "candidate c1",
      "answer answer",
      "state accepted hello",
      "dtmf 5",
      "ended NORMAL_CLEARING 200 by callee",
    ]);
    expect(placed.asked).toEqual([]);
    expect(published()).toEqual(["invitation.changed received", "invitation.changed accepted"]);
  });

  test.for([
    ["refused", "USER_BUSY", undefined, "state refused USER_BUSY 486 later"],
    ["failed", "SUBSCRIBER_ABSENT", "offline", "state failed offline 480 later"],
    ["canceled", "ORIGINATOR_CANCEL", undefined, "state canceled ORIGINATOR_CANCEL 487 later"],
  ] as const)("ends %s with %s before it was accepted", ([state, cause, why, told]) => {
    const { device, placed, published, invitations } = calling();
    const response = "later";
    placed.events.over({ ending: ending(cause), by: "callee", state, response, ...(why && { why }) });
    expect(device.news()).toEqual(["state sent", told]);
    expect(published()).toEqual([["invitation.changed", state, cause, why].filter(Boolean).join(" ")]);
    expect(invitations.counts().invitations).toBe(0);
  });

  test("tells whoever listens what it is", () => {
    const { events, placed, invitations } = calling();
    placed.events.over({ ending: ending("NO_ANSWER"), by: "callee", state: "failed", why: "expired" });
    expect(events).toEqual([
      {
        type: "invitation.changed",
        time: 1_700_000_000_000,
        node: null,
        data: {
          invitation: placed.request.id,
          user: "1001",
          direction: "outgoing",
          from: { number: "01001", name: "Ann" },
          to: "1002",
          state: "failed",
          cause: "NO_ANSWER",
          sip: 408,
          why: "expired",
          device: invitations.online()[0]?.devices[0]?.id,
        },
      },
    ]);
  });

  test("is canceled by its device, and what comes after it is not heard", () => {
    const { device, placed, invitations } = calling();
    invitations.cancel("s1", "a");
    placed.events.received();
    placed.events.progress("x");
    placed.events.accepted({ sdp: "x" });
    placed.events.digits("1");
    placed.events.candidate(candidate("x"));
    placed.events.over({ ending: ending("NORMAL_CLEARING"), by: "callee", state: "failed" });
    expect(device.news()).toEqual(["state sent", "state canceled ORIGINATOR_CANCEL 487"]);
    expect(placed.asked).toEqual(["end ORIGINATOR_CANCEL by caller"]);
  });

  test("becomes a call that its device ends, once", () => {
    const { device, placed, invitations } = calling();
    placed.events.accepted({ sdp: "answer" });
    invitations.dtmf("s1", "a", "12#");
    invitations.candidate("s1", "a", candidate("c"));
    invitations.hangup("s1", "a");
    expect(refusalOf(() => invitations.hangup("s1", "a"))).toBe("already-ended");
    placed.events.over({ ending: ending("NORMAL_CLEARING"), by: "caller", state: "failed" });
    expect(device.news().slice(-1)).toEqual(["ended NORMAL_CLEARING 200 by caller"]);
    expect(placed.asked).toEqual(["digits 12#", "candidate c", "end NORMAL_CLEARING by caller"]);
  });

  test("fails where the exchange throws", () => {
    const world = webUsersWorld({
      exchange: {
        place: () => {
          throw new Error("broken");
        },
      },
    });
    const device = world.connect("s1", "1001");
    world.invitations.invite("s1", invite("a"));
    expect(device.news()).toEqual(["ready", "state failed switch 503"]);
    expect(world.invitations.counts()).toMatchObject({ invitations: 0, remembered: 1 });
    expect(world.clock.pending).toEqual([]);
  });

  test("answers a move that is not legal with an error of ours", () => {
    const { placed } = calling();
    placed.events.accepted({ sdp: "x" });
    expect(() => placed.events.accepted({ sdp: "x" })).toThrow("cannot go from accepted to accepted");
    expect(() => placed.events.received()).toThrow("cannot go from accepted to received");
  });
});

describe("when nothing comes of it", () => {
  test("it fails once nothing was heard for too long, and the exchange lets go", () => {
    const { clock, device, placed } = calling();
    clock.advance(times.sent - 1);
    expect(device.news()).toEqual(["state sent"]);
    clock.advance(1);
    expect(device.news()).toEqual(["state failed no-response 408"]);
    expect(placed.asked).toEqual(["end NO_USER_RESPONSE by ours"]);
  });

  test("it fails once it rang for too long", () => {
    const { clock, device, placed } = calling();
    clock.advance(times.sent - 1);
    placed.events.received();
    clock.advance(times.ringing - 1);
    device.news();
    clock.advance(1);
    expect(device.news()).toEqual(["state failed expired 408"]);
    expect(placed.asked).toEqual(["end NO_ANSWER by ours"]);
  });

  test("a call that was accepted lasts as long as it likes, and leaves no timer", () => {
    const { clock, placed, invitations } = calling();
    placed.events.accepted({ sdp: "x" });
    expect(clock.pending).toEqual([]);
    clock.advance(86_400_000);
    expect(invitations.counts().invitations).toBe(1);
  });

  test("a web user who may ring for ten minutes is waited for", () => {
    const { exchange, clock, invitations, ...world } = webUsersWorld({ ringSeconds: 600, times: {} });
    const device = world.connect("s1", "1001");
    invitations.invite("s1", invite("a"));
    exchange.last.events.received();
    device.news();
    clock.advance(659_999);
    expect(device.news()).toEqual([]);
    clock.advance(1);
    expect(device.news()).toEqual(["state failed expired 408"]);
  });
});

describe("a device that goes", () => {
  test("gives up what is not answered yet", () => {
    const { invitations, placed, published } = calling();
    placed.events.received();
    published();
    invitations.disconnect("s1");
    expect(placed.asked).toEqual(["end ORIGINATOR_CANCEL by network"]);
    expect(published()).toEqual(["webclient.offline", "invitation.changed canceled ORIGINATOR_CANCEL"]);
  });

  test("ends its calls, by network", () => {
    const { invitations, placed, clock } = calling();
    placed.events.accepted({ sdp: "x" });
    invitations.disconnect("s1");
    invitations.disconnect("s1");
    expect(placed.asked).toEqual(["end NETWORK_OUT_OF_ORDER by network"]);
    expect(invitations.counts()).toEqual({ devices: 0, invitations: 0, remembered: 1 });
    expect(clock.pending).toEqual([]);
  });

  test("leaves those of the user's other devices alone", () => {
    const { invitations, placed, ...world } = calling();
    const other = world.connect("s2", "1001");
    invitations.disconnect("s2");
    expect(placed.asked).toEqual([]);
    expect(other.news()).toEqual(["ready"]);
  });
});

describe("ids", () => {
  test("are sent once per user, also after the end, for a time", () => {
    const { invitations, clock, ...world } = calling();
    world.connect("s2", "1001");
    expect(refusalOf(() => invitations.invite("s1", invite("a")))).toBe("already-sent");
    expect(refusalOf(() => invitations.invite("s2", invite("a")))).toBe("already-sent");
    invitations.cancel("s1", "a");
    expect(refusalOf(() => invitations.invite("s1", invite("a")))).toBe("already-sent");
    clock.advance(times.remember - 1);
    expect(refusalOf(() => invitations.cancel("s1", "a"))).toBe("already-ended");
    clock.advance(1);
    expect(refusalOf(() => invitations.cancel("s1", "a"))).toBe("not-started");
    expect(refusalOf(() => invitations.invite("s1", invite("a")))).toBeUndefined();
  });

  test("of one user are nothing to another", () => {
    const { invitations, exchange, ...world } = calling();
    const other = world.connect("s2", "1002");
    invitations.invite("s2", invite("a"));
    invitations.cancel("s2", "a");
    expect(other.news()).toEqual(["ready", "state sent", "state canceled ORIGINATOR_CANCEL 487"]);
    expect(exchange.placed.map(({ asked }) => asked)).toEqual([[], ["end ORIGINATOR_CANCEL by caller"]]);
    const [first, second] = exchange.placed.map(({ request }) => request.id);
    expect(first).not.toBe(second);
  });

  test("that only look like those of another user are not", () => {
    const { invitations, ...world } = calling();
    world.connect("s2", "100");
    for (const id of ["1 a", "1001 a", " a", "a "]) {
      expect(refusalOf(() => invitations.cancel("s2", id))).toBe("not-started");
    }
  });

  test("of an invitation that another device of the user sent are told as such", () => {
    const { invitations, placed, ...world } = calling();
    world.connect("s2", "1001");
    expect(refusalOf(() => invitations.cancel("s2", "a"))).toBe("invitation-not-found");
    expect(refusalOf(() => invitations.hangup("s2", "a"))).toBe("invitation-not-found");
    expect(refusalOf(() => invitations.accept("s1", "a", { sdp: "x" }))).toBe("invitation-not-found");
    expect(placed.asked).toEqual([]);
  });
});

/** Texts of that many bytes. */
const texts = (bytes: number) => [
  "x".repeat(bytes),
  // The last character, of three bytes, begins within the limit and ends at it, or past it.
  `${"x".repeat(bytes - 3)}\u20ac`,
  `${"x".repeat(bytes - 4)}\u{1f600}`,
];

describe("limits", () => {
  test.for([
    ["content", 8192, "content-too-long"],
    ["channelId", 64, "channel-id-too-long"],
  ] as const)("%s: %i bytes of UTF-8 are taken, one more is %s", ([name, bytes, code]) => {
    for (const text of texts(bytes)) {
      const { invitations, exchange } = calling();
      const before = exchange.placed.length;
      for (const long of [`x${text}`, text.replace("x", "\u00e9")]) {
        expect(refusalOf(() => invitations.invite("s1", invite("b", { [name]: long })))).toBe(code);
      }
      expect(exchange.placed).toHaveLength(before);
      invitations.invite("s1", invite("b", { [name]: text }));
      expect(exchange.last.request[name]).toBe(text);
    }
  });

  test("eight calls of a device; the ninth once one has ended", () => {
    const { invitations } = calling();
    for (let at = 0; at < 7; at += 1) invitations.invite("s1", invite(`b${at}`));
    expect(refusalOf(() => invitations.invite("s1", invite("c")))).toBe("too-many-calls");
    invitations.cancel("s1", "b3");
    expect(refusalOf(() => invitations.invite("s1", invite("c")))).toBeUndefined();
  });
});

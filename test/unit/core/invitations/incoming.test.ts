import { describe, expect, test } from "vitest";
import {
  candidate,
  end,
  refusalOf,
  ringEvents,
  ringRequest,
  times,
  webUsersWorld,
} from "../../../fakes/web-users.ts";

/** A call that rings at two devices of 1001. */
function ringingAtTwo() {
  const world = webUsersWorld();
  const one = world.connect("s1", "1001", "Ann");
  const two = world.connect("s2", "1001", "Ann at home");
  const { ringing, told } = world.ring("1001");
  world.published();
  one.told.shift();
  two.told.shift();
  return { ...world, one, two, ringing, told, id: ringing.id };
}

describe("a call for a web user", () => {
  test("is offered to every device, whole", () => {
    const world = webUsersWorld();
    const one = world.connect("s1", "1001");
    const two = world.connect("s2", "1001");
    const other = world.connect("s3", "1002");
    const { ringing } = world.ring("1001", {
      content: "hi",
      channelId: "c",
      media: "video",
      number: "01001",
    });
    const offer = {
      type: "invitation",
      id: ringing.id,
      from: { number: "1002", name: "Bob" },
      sdp: "offer",
      content: "hi",
      channelId: "c",
      media: "video",
      number: "01001",
    };
    expect([one.told, two.told]).toEqual([
      [{ type: "ready" }, offer],
      [{ type: "ready" }, offer],
    ]);
    expect(other.news()).toEqual(["ready"]);
    expect(world.events.at(-1)?.data).toEqual({
      invitation: ringing.id,
      user: "1001",
      direction: "incoming",
      from: { number: "1002", name: "Bob" },
      to: "01001",
      state: "received",
    });
  });

  test("rings once the first device says so, and is told once", () => {
    const { invitations, told, id } = ringingAtTwo();
    invitations.received("s2", id);
    invitations.received("s1", id);
    invitations.received("s1", id);
    expect(told).toEqual(["received"]);
  });

  test("is taken by one device: the others lose the race, and the call is confirmed by the gateway", () => {
    const { invitations, one, two, told, ringing, id, published } = ringingAtTwo();
    invitations.received("s1", id);
    invitations.accept("s2", id, { sdp: "answer", response: "yes" });
    expect(told).toEqual(["received", "accepted by s2 answer yes"]);
    expect(one.news()).toEqual(["invitation from 1002 for 01001", "state canceled LOSE_RACE 487"]);
    expect(two.news()).toEqual(["invitation from 1002 for 01001", "state acceptSent"]);
    ringing.candidate(candidate("c"));
    ringing.confirm();
    ringing.confirm();
    ringing.digits("7");
    expect(two.news()).toEqual(["candidate c", "state accepted", "dtmf 7"]);
    expect(one.news()).toEqual([]);
    expect(published()).toEqual(["invitation.changed acceptSent", "invitation.changed accepted"]);
  });

  test("is a call, which either side ends", () => {
    for (const side of ["device", "gateway"] as const) {
      const { invitations, two, told, ringing, id, clock } = ringingAtTwo();
      invitations.accept("s2", id, { sdp: "answer" });
      ringing.confirm();
      invitations.dtmf("s2", id, "1");
      invitations.candidate("s2", id, candidate("d"));
      two.news();
      if (side === "device") invitations.hangup("s2", id);
      else ringing.end(end("NORMAL_CLEARING"));
      ringing.end(end("NORMAL_CLEARING"));
      const rest = side === "device" ? ["over NORMAL_CLEARING 200 by callee"] : [];
      expect(told).toEqual(["accepted by s2 answer", "digits 1", "candidate d", ...rest]);
      expect(two.news()).toEqual([`ended NORMAL_CLEARING 200 by ${side === "device" ? "callee" : "caller"}`]);
      expect(refusalOf(() => invitations.hangup("s2", id))).toBe("already-ended");
      expect(clock.pending).toEqual([]);
    }
  });

  test("may be left by the device that took it before its media is there", () => {
    const { invitations, two, told, id } = ringingAtTwo();
    invitations.accept("s2", id, { sdp: "answer" });
    two.news();
    invitations.hangup("s2", id);
    expect(two.news()).toEqual(["state canceled CALL_REJECTED 603"]);
    expect(told).toEqual(["accepted by s2 answer", "over CALL_REJECTED 603 by callee"]);
  });

  test.for([
    ["busy", "USER_BUSY 486"],
    ["declined", "CALL_REJECTED 603"],
    [undefined, "CALL_REJECTED 603"],
  ] as const)("refused as %s by one device is refused by the user", ([reason, words]) => {
    const { invitations, one, two, told, id, published } = ringingAtTwo();
    invitations.refuse("s1", id, { response: "later", ...(reason && { reason }) });
    const state = `state refused ${words}`;
    expect(one.news()).toEqual(["invitation from 1002 for 01001", state]);
    expect(two.news()).toEqual(["invitation from 1002 for 01001", state]);
    expect(told).toEqual([`over ${words} by callee later`]);
    expect(published()).toEqual([`invitation.changed refused ${words.split(" ")[0]}`]);
    expect(refusalOf(() => invitations.refuse("s2", id, {}))).toBe("already-ended");
  });

  test("a response that is too long changes nothing", () => {
    const { invitations, told, id, one } = ringingAtTwo();
    one.news();
    const response = `${"x".repeat(8190)}\u20ac`;
    expect(refusalOf(() => invitations.refuse("s1", id, { response }))).toBe("response-too-long");
    expect(refusalOf(() => invitations.accept("s1", id, { sdp: "x", response }))).toBe("response-too-long");
    expect([told, one.news()]).toEqual([[], []]);
    invitations.accept("s1", id, { sdp: "x", response: response.slice(1) });
    expect(told).toHaveLength(1);
  });

  test("is withdrawn by the gateway, with or without a reason", () => {
    for (const [why, words] of [
      [undefined, "state canceled ORIGINATOR_CANCEL 487"],
      ["media", "state failed media 487"],
    ] as const) {
      const { one, two, told, ringing, clock } = ringingAtTwo();
      ringing.end({ ...end("ORIGINATOR_CANCEL"), ...(why && { why }) });
      expect([one.news().at(-1), two.news().at(-1), told]).toEqual([words, words, []]);
      expect(clock.pending).toEqual([]);
    }
  });

  test("cannot be confirmed before anybody took it: that is a fault of ours", () => {
    const { ringing } = ringingAtTwo();
    expect(() => ringing.confirm()).toThrow("cannot go from received to accepted");
  });
});

describe("a call that nobody takes", () => {
  test("fails when no device acknowledges it in time", () => {
    const { clock, one, two, told } = ringingAtTwo();
    clock.advance(times.acknowledge - 1);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["over NO_USER_RESPONSE 408 by ours no-response"]);
    for (const device of [one, two]) expect(device.news().at(-1)).toBe("state failed no-response 408");
  });

  test("fails when the ring time is over", () => {
    const { clock, one, told, invitations, id } = ringingAtTwo();
    invitations.received("s1", id);
    clock.advance(29_999);
    expect(told).toEqual(["received"]);
    clock.advance(1);
    expect(told).toEqual(["received", "over NO_ANSWER 408 by ours expired"]);
    expect(one.news().at(-1)).toBe("state failed expired 408");
  });

  test("fails when its media is not there in time", () => {
    const { clock, one, told, invitations, id } = ringingAtTwo();
    invitations.accept("s1", id, { sdp: "x" });
    clock.advance(times.confirm - 1);
    expect(one.news().at(-1)).toBe("state acceptSent");
    clock.advance(1);
    expect(one.news()).toEqual(["state failed media 504"]);
    expect(told.at(-1)).toBe("over RECOVERY_ON_TIMER_EXPIRE 504 by ours media");
  });

  test("is answered at once, but not before the gateway has the handle, when its user is offline", async () => {
    const world = webUsersWorld();
    const { told } = world.ring("1001");
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(["over SUBSCRIBER_ABSENT 480 by ours offline"]);
    expect(world.published()).toEqual([]);
    expect(world.invitations.counts().invitations).toBe(0);
  });

  test("is not answered any more when the gateway ended it at once", async () => {
    const { ringing, told } = webUsersWorld().ring("1001");
    ringing.end(end("ORIGINATOR_CANCEL"));
    ringing.confirm();
    ringing.digits("1");
    ringing.candidate(candidate("x"));
    await Promise.resolve();
    expect(told).toEqual([]);
  });

  test("is busy where sixteen ring already", async () => {
    const world = webUsersWorld();
    world.connect("s1", "1001");
    const first = Array.from({ length: 16 }, () => world.ring("1001"));
    const last = world.ring("1001");
    await Promise.resolve();
    expect(last.told).toEqual(["over USER_BUSY 486 by ours"]);
    first[0]?.ringing.end(end("ORIGINATOR_CANCEL"));
    const next = world.ring("1001");
    await Promise.resolve();
    expect(next.told).toEqual([]);
  });
});

describe("devices that come and go while it rings", () => {
  test("one that comes rings too, with the candidates that were told before", () => {
    const { ringing, invitations, told, id, ...world } = ringingAtTwo();
    ringing.candidate(candidate("c1"));
    const late = world.connect("s3", "1001");
    expect(late.news()).toEqual(["ready", "invitation from 1002 for 01001", "candidate c1"]);
    invitations.accept("s3", id, { sdp: "late" });
    expect(told).toEqual(["accepted by s3 late"]);
  });

  test("one that comes once it was taken hears nothing of it", () => {
    const { invitations, id, ...world } = ringingAtTwo();
    invitations.accept("s1", id, { sdp: "x" });
    const late = world.connect("s3", "1001");
    expect(late.news()).toEqual(["ready"]);
    expect(refusalOf(() => invitations.accept("s3", id, { sdp: "y" }))).toBe("already-accepted");
  });

  test("one that goes leaves it ringing at the others; with the last one it fails", () => {
    const { invitations, one, two, told, published } = ringingAtTwo();
    one.news();
    invitations.disconnect("s1");
    expect(told).toEqual([]);
    invitations.disconnect("s2");
    expect(told).toEqual(["over SUBSCRIBER_ABSENT 480 by network offline"]);
    expect([one.news(), two.news()]).toEqual([[], ["invitation from 1002 for 01001"]]);
    expect(published()).toEqual(["webclient.offline", "invitation.changed failed SUBSCRIBER_ABSENT offline"]);
  });

  test("the one that took it ends it, by network", () => {
    for (const confirmed of [false, true]) {
      const { invitations, told, ringing, id, clock } = ringingAtTwo();
      invitations.accept("s1", id, { sdp: "x" });
      if (confirmed) ringing.confirm();
      invitations.disconnect("s1");
      const why = confirmed ? "" : " offline";
      expect(told).toEqual(["accepted by s1 x", `over NETWORK_OUT_OF_ORDER 503 by network${why}`]);
      expect(clock.pending).toEqual([]);
    }
  });

  test("one that lost the race does not matter any more", () => {
    const { invitations, told, ringing, id } = ringingAtTwo();
    invitations.accept("s1", id, { sdp: "x" });
    const ask = [
      () => invitations.received("s2", id),
      () => invitations.accept("s2", id, { sdp: "y" }),
      () => invitations.refuse("s2", id, {}),
      () => invitations.hangup("s2", id),
      () => invitations.dtmf("s2", id, "1"),
      () => invitations.candidate("s2", id, candidate("c")),
    ];
    expect(ask.map(refusalOf)).toEqual(ask.map(() => "already-accepted"));
    ringing.confirm();
    expect(ask.map(refusalOf)).toEqual(ask.map(() => "already-accepted"));
    invitations.disconnect("s2");
    expect(told).toEqual(["accepted by s1 x"]);
  });
});

describe("presence", () => {
  test("is that of the user: from the first device to the last", () => {
    const { invitations, events, ...world } = webUsersWorld();
    expect(invitations.isOnline("1001")).toBe(false);
    world.connect("s1", "1001", "Ann");
    world.connect("s2", "1001", "Ann");
    expect(invitations.isOnline("1001")).toBe(true);
    invitations.disconnect("s1");
    expect(invitations.isOnline("1001")).toBe(true);
    invitations.disconnect("s2");
    invitations.disconnect("s2");
    expect(invitations.isOnline("1001")).toBe(false);
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ["webclient.online", { user: "1001", displayName: "Ann", devices: 1 }],
      ["webclient.offline", { user: "1001", displayName: "Ann", devices: 0 }],
    ]);
  });

  test("lists who is there, with what they do, and no session", () => {
    const { invitations, ...world } = webUsersWorld();
    world.connect("secret-1", "1001", "Ann");
    world.connect("secret-2", "1001", "Ann at home");
    world.connect("secret-3", "1002");
    const { ringing } = world.ring("1001");
    invitations.accept("secret-2", ringing.id, { sdp: "x" });
    const [ann, bob] = invitations.online();
    expect(ann).toEqual({
      user: "1001",
      displayName: "Ann at home",
      devices: [
        { id: expect.any(String), connectedAt: world.clock.now() },
        { id: expect.any(String), connectedAt: world.clock.now() },
      ],
      invitations: [
        {
          id: ringing.id,
          direction: "incoming",
          state: "acceptSent",
          from: { number: "1002", name: "Bob" },
          to: "01001",
          startedAt: world.clock.now(),
          device: ann?.devices[1]?.id,
        },
      ],
    });
    expect(bob).toMatchObject({ user: "1002", invitations: [] });
    expect(JSON.stringify([invitations.online(), world.events])).not.toContain("secret");
  });

  test("is of at most sixteen devices", () => {
    const { invitations, ...world } = webUsersWorld();
    for (let at = 0; at < 16; at += 1) world.connect(`s${at}`, "1001");
    expect(refusalOf(() => world.connect("more", "1001"))).toBe("too-many-devices");
    expect(invitations.counts().devices).toBe(16);
    expect(refusalOf(() => world.connect("other", "1002"))).toBeUndefined();
  });
});

test("a stop ends everything, and takes nothing more", async () => {
  const { invitations, exchange, clock, ...world } = webUsersWorld();
  const one = world.connect("s1", "1001");
  const two = world.connect("s2", "1002");
  const ringing = world.ring("1001");
  const taken = world.ring("1002");
  invitations.accept("s2", taken.ringing.id, { sdp: "x" });
  taken.ringing.confirm();
  invitations.invite("s1", { to: "1", sdp: "o", media: "audio" });
  const sent = exchange.last;
  invitations.invite("s1", { to: "2", sdp: "o", media: "audio" });
  exchange.last.events.accepted({ sdp: "a" });
  invitations.close();
  invitations.close();
  expect(ringing.told).toEqual(["over SYSTEM_SHUTDOWN 503 by ours switch"]);
  expect(taken.told).toEqual(["accepted by s2 x", "over SYSTEM_SHUTDOWN 503 by ours"]);
  expect([sent.asked, exchange.last.asked]).toEqual([
    ["end SYSTEM_SHUTDOWN by ours"],
    ["end SYSTEM_SHUTDOWN by ours"],
  ]);
  expect(one.news().slice(-3)).toEqual([
    "state failed switch 503",
    "state failed switch 503",
    "ended SYSTEM_SHUTDOWN 503 by ours",
  ]);
  expect(two.news().at(-1)).toBe("ended SYSTEM_SHUTDOWN 503 by ours");
  expect([clock.pending, invitations.counts().invitations]).toEqual([[], 0]);
  expect(refusalOf(() => world.connect("s3", "1"))).toBe("shutting-down");
  expect(refusalOf(() => invitations.invite("s1", { to: "1", sdp: "o", media: "audio" }))).toBe(
    "shutting-down",
  );
  const told: string[] = [];
  invitations.ring(ringRequest("1001"), ringEvents(told));
  await Promise.resolve();
  expect(told).toEqual(["over SYSTEM_SHUTDOWN 503 by ours switch"]);
});

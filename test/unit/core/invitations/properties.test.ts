import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../../../src/base/index.ts";
import { ending, type PlacedEvents, type Ringing } from "../../../../src/core/invitations/index.ts";
import {
  candidate,
  FakeDevice,
  invite,
  ringEvents,
  ringRequest,
  webUsersWorld,
} from "../../../fakes/web-users.ts";

const users = ["1", "2"];
const sessions = ["a", "b", "c", "d", "e"];
const terminal = new Set(["accepted", "refused", "canceled", "failed"]);
const hour = 3_600_000;

/** One thing that happens: `who` and `what` choose among whoever and whatever there is by then. */
interface Step {
  readonly act: keyof typeof acts;
  readonly who: number;
  readonly what: number;
}

/** What the gateway knows of a call that it placed. */
interface Placed {
  readonly events: PlacedEvents;
  readonly asked: string[];
  answered: boolean;
  over: boolean;
}

/** The gateway's side of a call that it let ring. */
interface Rung {
  readonly ringing: Ringing;
  readonly told: string[];
  ended: boolean;
}

class Play {
  readonly world = webUsersWorld();
  /** Each connection is a device of its own, whatever came before it. */
  readonly devices: { device: FakeDevice; here: boolean }[] = [];
  readonly rung: Rung[] = [];
  readonly placed = new Map<string, Placed>();
  #connections = 0;

  here(who: number): FakeDevice | undefined {
    const here = this.devices.filter((one) => one.here);
    return here[who % here.length]?.device;
  }

  connect(who: number): void {
    this.#connections += 1;
    const name = `${sessions[who % sessions.length]}${this.#connections}`;
    const device = new FakeDevice(name, users[who % users.length] ?? "");
    if (this.attempt(() => this.world.invitations.connect(device))) this.devices.push({ device, here: true });
  }

  disconnect(who: number): void {
    const device = this.here(who);
    const found = this.devices.find((one) => one.device === device);
    if (!device || !found) return;
    found.here = false;
    this.world.invitations.disconnect(device.session);
  }

  /** Whether it was not refused. Anything else that is thrown fails the test. */
  attempt(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (error instanceof Failure) return false;
      throw error;
    }
  }

  ring(who: number): void {
    const told: string[] = [];
    const request = ringRequest(users[who % users.length] ?? "", { ringFor: 30_000 });
    const ringing = this.world.invitations.ring(request, ringEvents(told));
    this.rung.push({ ringing, told, ended: false });
  }

  /** An id that the device was told of lately, mostly; else one that it may have chosen, or never heard of. */
  id({ told }: FakeDevice, what: number): string {
    const lately = [...new Set(told.flatMap((message) => ("id" in message ? [message.id] : [])))].slice(-4);
    const some = [...lately, ...lately, ...lately, "x", "y", this.rung[what]?.ringing.id ?? "z"];
    return some[what % some.length] ?? "x";
  }

  frame({ who, what }: Step, act: (session: string, id: string) => void): void {
    const device = this.here(who);
    if (device) this.attempt(() => act(device.session, this.id(device, what)));
  }

  takePlaced(): void {
    for (const { request, events, asked } of this.world.exchange.placed) {
      if (!this.placed.has(request.id))
        this.placed.set(request.id, { events, asked, answered: false, over: false });
    }
  }

  somePlaced(what: number): Placed | undefined {
    const all = [...this.placed.values()].filter(({ over }) => !over);
    return all[what % all.length];
  }

  someRung(what: number): Rung | undefined {
    const all = this.rung.filter(({ ended }) => !ended);
    return all[what % all.length];
  }
}

const acts = {
  connect: (play: Play, { who }: Step) => play.connect(who),
  disconnect: (play: Play, { who }: Step) => play.disconnect(who),
  invite: (play: Play, one: Step) => {
    const id = ["x", "y", "z", undefined][one.what % 4];
    play.frame(one, (session) => play.world.invitations.invite(session, invite(id)));
    play.takePlaced();
  },
  ring: (play: Play, { who }: Step) => play.ring(who),
  received: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.received(session, id)),
  accept: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.accept(session, id, { sdp: "s" })),
  refuse: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.refuse(session, id, {})),
  cancel: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.cancel(session, id)),
  hangup: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.hangup(session, id)),
  dtmf: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.dtmf(session, id, "1")),
  candidate: (play: Play, one: Step) =>
    play.frame(one, (session, id) => play.world.invitations.candidate(session, id, candidate("c"))),
  time: (play: Play, { what }: Step) =>
    play.world.clock.advance([1, 4_999, 5_000, 30_000, 75_000][what % 5] ?? 0),
  "far side rings": (play: Play, { what }: Step) => {
    const placed = play.somePlaced(what);
    if (placed && !placed.answered) placed.events.received();
  },
  "far side answers": (play: Play, { what }: Step) => {
    const placed = play.somePlaced(what);
    if (!placed || placed.answered) return;
    placed.answered = true;
    placed.events.accepted({ sdp: "s" });
  },
  "far side ends": (play: Play, { what }: Step) => {
    const placed = play.somePlaced(what);
    if (!placed) return;
    placed.over = true;
    const state = (["refused", "canceled", "failed"] as const)[what % 3] ?? "failed";
    placed.events.over({ ending: ending("USER_BUSY"), by: "callee", state });
  },
  "media is there": (play: Play) => {
    for (const { ringing, told } of play.rung) {
      if (told.some((line) => line.startsWith("accepted"))) ringing.confirm();
    }
  },
  "caller ends": (play: Play, { what }: Step) => {
    const rung = play.someRung(what);
    if (!rung) return;
    rung.ended = true;
    rung.ringing.end({ ending: ending("ORIGINATOR_CANCEL"), by: "caller" });
  },
  "caller's digits": (play: Play, { what }: Step) => play.someRung(what)?.ringing.digits("9"),
  "caller's candidate": (play: Play, { what }: Step) =>
    play.someRung(what)?.ringing.candidate(candidate("d")),
};

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])),
  who: fc.nat(20),
  what: fc.nat(20),
});

const count = (lines: readonly string[], start: string): number =>
  lines.filter((line) => line.startsWith(start)).length;

interface Heard {
  readonly id: string;
  terminal: number;
  ended: number;
  afterEnd: number;
}

/** Of one device: how often each invitation came to a terminal state, and to its end as a call. */
function heard(device: FakeDevice): Heard[] {
  const all: Heard[] = [];
  const current = new Map<string, Heard>();
  for (const message of device.told) {
    if (message.type === "ready") continue;
    const { id } = message;
    // A device may use an id again, long after.
    const isNew = message.type === "state" && message.state === "sent";
    const known = isNew ? undefined : current.get(id);
    const one = known ?? { id, terminal: 0, ended: 0, afterEnd: 0 };
    if (!known) all.push(one);
    current.set(id, one);
    if (one.ended > 0) one.afterEnd += 1;
    if (message.type === "state" && terminal.has(message.state)) one.terminal += 1;
    if (message.type === "ended") one.ended += 1;
  }
  return all;
}

/** What is not as it should be once an hour has passed, in words. */
function faults(play: Play): string[] {
  const { invitations, clock } = play.world;
  const left = invitations.online().flatMap((user) => user.invitations);
  const live = new Set(left.map(({ id }) => id));
  const found: string[] = [];
  const check = (holds: boolean, fault: string): void => void (holds || found.push(fault));

  check(
    left.every(({ state }) => state === "accepted"),
    "an invitation goes on that is no call",
  );
  check(clock.pending.length === 0, "a timer is left");
  const { devices, ...counts } = invitations.counts();
  check(devices === play.devices.filter(({ here }) => here).length, "devices are miscounted");
  check(counts.invitations === left.length, "an invitation is live that nobody has");
  check(counts.remembered === 0, "an id is remembered for ever");

  for (const { ringing, told, ended } of play.rung) {
    const overs = count(told, "over");
    check(count(told, "accepted") <= 1, "there are two winners");
    check(count(told, "received") <= 1, "it began to ring twice");
    // The gateway is not told of what it ended itself, which may have been over already.
    const wanted = ended ? [0, 1] : [live.has(ringing.id) ? 0 : 1];
    check(wanted.includes(overs), `the gateway was told ${overs} times that it is over`);
    check(
      overs === 0 || told.at(-1)?.startsWith("over") === true,
      "the gateway was told something after the end",
    );
  }
  for (const [id, { asked, over, answered }] of play.placed) {
    const ends = count(asked, "end");
    check(ends <= 1, "the exchange was told twice to end");
    check(
      live.has(id) ? ends === 0 && !over && answered : ends === 1 || over,
      "the exchange has something else",
    );
    check(
      ends === 0 || asked.at(-1)?.startsWith("end") === true,
      "the exchange was asked something after the end",
    );
  }
  for (const { device, here } of play.devices) {
    for (const one of heard(device)) {
      check(one.terminal === 1 || (!here && one.terminal === 0), `${one.terminal} terminal states were told`);
      check(one.ended <= 1 && one.afterEnd === 0, "something was told after the end");
    }
  }
  const winners = play.devices.flatMap(({ device }) =>
    device.told.flatMap((message) =>
      message.type === "state" && message.state === "acceptSent" ? [message.id] : [],
    ),
  );
  check(new Set(winners).size === winners.length, "two devices took one call");
  return found;
}

test("whatever happens in whatever order, every invitation ends, once, for everybody who heard of it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      const play = new Play();
      const start = [0, 1].map((who): Step => ({ act: "connect", who, what: 0 }));
      for (const one of [...start, ...steps]) {
        acts[one.act](play, one);
        // What becomes of a call for somebody who is offline is told a moment later.
        await Promise.resolve();
      }
      play.world.clock.advance(hour);
      expect(faults(play)).toEqual([]);
      play.world.invitations.close();
      expect(play.world.invitations.counts().invitations).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

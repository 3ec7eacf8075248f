import { afterEach, expect, test } from "vitest";
import { Rig } from "./harness.ts";

let rig: Rig;
let away = false;
/** Attempts that failed in a row. */
let failures = 0;
afterEach(async () => {
  away = false;
  failures = 0;
  await rig.close();
});

/** A switch with a phone and a call, which refuses the password of whoever connects while it is `away`. */
async function busySwitch(): Promise<void> {
  rig = await Rig.start(
    {
      intercept: ({ line }, peer) => {
        if (!away || !line.startsWith("auth")) return false;
        peer.reply("-ERR invalid");
        peer.socket.end();
        return true;
      },
    },
    "secret",
    (state) => {
      state.create("a", 1_700_000_000_000);
      state.registrations = [{ user: "1001", callId: "c1" }];
    },
  );
  await rig.event("node.up");
  await rig.bound();
}

/** Resolves once the node is in that state. */
async function node(state: string): Promise<void> {
  while (rig.nodes.get(rig.node).state !== state) await new Promise((resolve) => setImmediate(resolve));
}

async function cut(): Promise<void> {
  const since = rig.events.length;
  (await rig.fake.peer(rig.fake.peers.length)).socket.destroy();
  await rig.event("node.down", since);
}

/** Lets the waits between attempts pass, and has each attempt refused, until so much time has passed. */
async function stayAway(milliseconds: number): Promise<void> {
  const end = rig.clock.now() + milliseconds;
  for (; rig.clock.now() < end; failures += 1) {
    await rig.pass(Math.min(5000, 250 * 2 ** failures));
    await node("connecting");
    await node("down");
  }
}

test("a switch is connecting while it is tried, with the reason why it is not up", async () => {
  await busySwitch();
  away = true;
  await cut();
  await rig.pass(250);
  await node("connecting");
  expect(rig.nodes.get(rig.node).lastError).toMatch(/broke/);
  await node("down");
  expect(rig.nodes.get(rig.node).lastError).toMatch(/refused the password/);
});

test("phones of a switch that lets us in no longer are gone after two attempts", async () => {
  await busySwitch();
  away = true;
  await cut();
  await stayAway(250);
  expect(rig.registrations.list()).toHaveLength(1);
  await rig.pass(500);
  const gone = await rig.event("registration.offline");
  expect(gone.data).toMatchObject({ user: "1001", reason: "switch-gone" });
});

test("calls of a switch that stays away end after ten minutes, and go on if it returns with them", async () => {
  await busySwitch();
  const id = rig.calls.get("a")?.id;
  away = true;
  await cut();
  await stayAway(590_000);
  expect(rig.calls.get("a")?.state).toBe("ringing");
  await stayAway(10_000);
  expect(rig.calls.get("a")).toMatchObject({ id, state: "ended", cause: "NETWORK_OUT_OF_ORDER" });
  away = false;
  const since = rig.events.length;
  await rig.pass(5000);
  await rig.event("node.up", since);
  expect(rig.calls.get("a")).toMatchObject({ id, state: "ringing", cause: null });
  expect(rig.calls.liveLegs(rig.node)).toEqual(["a"]);
});

test("a phone whose end the switch did not tell is dropped with a heartbeat", async () => {
  await busySwitch();
  rig.clock.advance(180_000 - 1);
  const [phone] = rig.registrations.list();
  expect(phone).toBeDefined();
  rig.clock.advance((phone?.expiresAt ?? 0) + 180_000 - rig.clock.now());
  (await rig.fake.peer()).event(rig.state.heartbeat(rig.clock.now()));
  expect((await rig.event("registration.offline")).data).toMatchObject({ user: "1001", reason: "expired" });
});

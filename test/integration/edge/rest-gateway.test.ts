import { expect, test } from "vitest";
import type { TraceMedia } from "../../../src/core/traces/index.ts";
import { channelEvent, node, restWorld } from "../../fakes/rest.ts";

const path = "/api/v1/calls";
const quiet = { packets: 0, bytes: 0, lost: 0, jitter: 0, lastAt: null };

const media = (kind: "web" | "sip", packets: number): TraceMedia => ({
  kind,
  local: "127.0.0.1:40000",
  remote: "127.0.0.1:50000",
  codec: "opus",
  ice: kind === "web" ? "connected" : null,
  dtls: kind === "web" ? "connected" : null,
  srtp: kind === "web" ? "AES_CM_128_HMAC_SHA1_80" : null,
  received: { packets, bytes: packets * 80, lost: -1, jitter: 0.5, lastAt: 1_700_000_005_000 },
  sent: quiet,
  peer: { roundTrip: 12.5, fractionLost: 0.25 },
  dropped: { replay: 1 },
});

/** A phone's call to a web user: the leg `callee` is the gateway's. */
async function calledWebUser() {
  const world = await restWorld();
  world.webUsers.set("reference-1", { number: "077", name: "Ann" });
  const tell = (name: Parameters<typeof channelEvent>[0], uuid: string, sequence: number, more = {}) => {
    const event = channelEvent(name, uuid, sequence);
    world.calls.apply({ ...event, channel: { ...event.channel, ...more } });
  };
  tell("CHANNEL_CREATE", "caller", 1, { destination: "077" });
  tell("CHANNEL_CREATE", "callee", 2, {
    direction: "outbound",
    destination: "1000",
    relatedTo: "caller",
    reference: "reference-1",
  });
  const trace = (packets: () => number) =>
    world.traces.open(
      { reference: "reference-1", invitation: "invitation-1", user: "77", direction: "to-web-user" },
      () => ({
        sip: { callId: "call-id", status: 200, reason: null },
        web: media("web", packets()),
        far: media("sip", packets()),
      }),
    );
  const show = async () => (await world.call(`${path}/callee`)).body;
  return { world, tell, trace, show };
}

test("GET /calls/ID shows what our leg does now, and what it did last", async () => {
  const { world, trace, show } = await calledWebUser();
  await using _ = world;
  let packets = 7;
  const open = trace(() => packets);
  const [live] = (await show()).gateway;
  expect(live).toEqual({
    leg: "callee",
    user: "77",
    direction: "to-web-user",
    invitation: "invitation-1",
    startedAt: world.clock.now(),
    endedAt: null,
    sip: { callId: "call-id", status: 200, reason: null },
    web: media("web", 7),
    far: media("sip", 7),
    ending: null,
  });
  packets = 8;
  open.end({ cause: "NORMAL_CLEARING", sip: 200, by: "caller" });
  packets = 9;
  const [ended] = (await show()).gateway;
  expect(ended).toMatchObject({
    endedAt: world.clock.now(),
    web: { received: { packets: 8 } },
    ending: { cause: "NORMAL_CLEARING", sip: 200, by: "caller" },
  });
});

test("what our leg saw stands in the call's timeline where it belongs, once", async () => {
  const { world, trace, show } = await calledWebUser();
  await using _ = world;
  const open = trace(() => 0);
  world.clock.advance(1500);
  open.note("ringing");
  open.note("ringing");
  world.clock.advance(5000);
  open.note("first-rtp", "web");
  const { timeline } = await show();
  expect(timeline.map(({ type, leg, detail }: Record<string, string>) => [type, leg, detail])).toEqual([
    ["call.created", null, "1001 → 077"],
    ["gateway.ringing", "callee", null],
    ["call.ringing", "callee", "077"],
    ["gateway.first-rtp", "callee", "web"],
  ]);
});

test("the switch's clock, behind ours, reorders nothing that was told", async () => {
  await using world = await restWorld();
  const sides = { from: { number: "1001", name: "" }, to: { number: "1002", name: "" } };
  world.calls.request({ id: "asked", ...sides, node, time: world.clock.now() + 60_000 });
  const event = channelEvent("CHANNEL_PROGRESS", "first", 1);
  world.calls.apply({
    ...event,
    channel: { ...event.channel, direction: "outbound", requestedCall: "asked" },
  });
  const { timeline } = (await world.call(`${path}/asked`)).body;
  expect(timeline.map(({ type }: { type: string }) => type)).toEqual(["call.created", "call.ringing"]);
});

test("a call without a web user has none, and nobody is shown a reference", async () => {
  const { world, trace, tell, show } = await calledWebUser();
  await using _ = world;
  trace(() => 0);
  tell("CHANNEL_CREATE", "other", 4, { reference: "forged" });
  expect((await world.call(`${path}/other`)).body.gateway).toEqual([]);
  expect(JSON.stringify([await show(), (await world.call(path)).body])).not.toMatch(/reference-1|forged/);
});

import Fastify from "fastify";
import { expect, test } from "vitest";
import { createMetrics } from "../../../src/edge/metrics/index.ts";
import { channelEvent, node, registration, restWorld } from "../../fakes/rest.ts";

/** Value of a sample, e.g. `freeswitch_up{node="x"}`; undefined when there is none. */
const sample = (text: string, name: string): number | undefined => {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
};

async function scrape(world: Awaited<ReturnType<typeof restWorld>>): Promise<string> {
  const answer = await world.call("/metrics", { token: null });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return answer.text;
}

test("a switch that is up, under the exporter's names", async () => {
  await using world = await restWorld();
  world.nodes.add(node, "127.0.0.1", 8021);
  world.nodes.update(
    node,
    { state: "up", sessions: 4, sessionsPeak: 9, sessionsPerSecond: 2, bound: true, eventLagMs: 20 },
    1,
  );
  world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
  const text = await scrape(world);
  const label = `{node="${node}"}`;
  expect(sample(text, `freeswitch_up${label}`)).toBe(1);
  expect(sample(text, `freeswitch_current_sessions${label}`)).toBe(4);
  expect(sample(text, `freeswitch_current_sessions_peak${label}`)).toBe(9);
  expect(sample(text, `freeswitch_current_sps${label}`)).toBe(2);
  expect(sample(text, `freeswitch_current_calls${label}`)).toBe(1);
  expect(sample(text, `patchcord_node_bound${label}`)).toBe(1);
  expect(sample(text, `patchcord_node_event_lag_seconds${label}`)).toBe(0.02);
});

test("what only a HEARTBEAT tells, once there was one, until the switch goes", async () => {
  await using world = await restWorld();
  world.nodes.add(node, "127.0.0.1", 8021);
  world.nodes.update(node, { state: "up" }, 1);
  const label = `{node="${node}"}`;
  expect(sample(await scrape(world), `freeswitch_max_sessions${label}`)).toBeUndefined();
  // As FreeSWITCH 1.11.3 sends it.
  const data = {
    "Uptime-msec": "40011",
    "Max-Sessions": "5000",
    "Session-Per-Sec": "200",
    "Session-Per-Sec-Max": "170",
    "Session-Per-Sec-FiveMin": "160",
    "Session-Since-Startup": "77",
    "Session-Peak-FiveMin": "8",
    "Idle-CPU": "50.033333",
  };
  world.events.pass({ type: "switch.HEARTBEAT", time: 1, node, data });
  const text = await scrape(world);
  const values = [
    "freeswitch_uptime_seconds",
    "freeswitch_max_sessions",
    "freeswitch_max_sps",
    "freeswitch_current_sps_peak",
    "freeswitch_current_sps_peak_last_5min",
    "freeswitch_sessions_total",
    "freeswitch_current_sessions_peak_last_5min",
    "freeswitch_current_idle_cpu",
  ].map((name) => sample(text, `${name}${label}`));
  expect(values).toEqual([40.011, 5000, 200, 170, 160, 77, 8, 50.033333]);
  expect(text).toContain("# TYPE freeswitch_sessions_total counter");
  world.events.pass({ type: "switch.HEARTBEAT", time: 1, node, data: { ...data, "Max-Sessions": "many\n" } });
  expect(sample(await scrape(world), `freeswitch_max_sessions${label}`)).toBeUndefined();
  world.nodes.update(node, { state: "down" }, 2);
  world.nodes.update(node, { state: "up" }, 3);
  expect(sample(await scrape(world), `freeswitch_max_sps${label}`)).toBeUndefined();
});

test("one that is down has nothing but that", async () => {
  await using world = await restWorld();
  world.nodes.add(node, "127.0.0.1", 8021);
  world.nodes.update(node, { state: "up", sessions: 4 }, 1);
  await scrape(world);
  world.nodes.update(node, { state: "down" }, 2);
  const text = await scrape(world);
  expect(sample(text, `freeswitch_up{node="${node}"}`)).toBe(0);
  expect(text.split("\n").filter((line) => line.includes(node) && !line.startsWith("freeswitch_up"))).toEqual(
    [],
  );
});

test("look-ups by kind and outcome, with their duration", async () => {
  await using world = await restWorld();
  world.metrics.observeLookUp({ kind: "sip_auth", outcome: "found", seconds: 0.0015 });
  world.metrics.observeLookUp({ kind: "sip_auth", outcome: "unknown-user", seconds: 0.003 });
  const text = await scrape(world);
  expect(sample(text, 'patchcord_xml_curl_requests_total{kind="sip_auth",outcome="found"}')).toBe(1);
  expect(sample(text, 'patchcord_xml_curl_requests_total{kind="sip_auth",outcome="unknown-user"}')).toBe(1);
  expect(sample(text, 'patchcord_xml_curl_duration_seconds_bucket{le="0.002",kind="sip_auth"}')).toBe(1);
  expect(sample(text, 'patchcord_xml_curl_duration_seconds_count{kind="sip_auth"}')).toBe(2);
});

test("calls, registrations and events", async () => {
  await using world = await restWorld();
  world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-a", 1));
  world.calls.apply(channelEvent("CHANNEL_CREATE", "leg-b", 2));
  world.calls.apply(
    channelEvent("CHANNEL_HANGUP_COMPLETE", "leg-a", 3, { cause: "USER_BUSY", callState: "HANGUP" }),
  );
  world.registrations.online(registration("1001"), 1);
  world.registrations.online(registration("1002"), 1);
  const text = await scrape(world);
  expect(sample(text, `patchcord_calls{node="${node}",state="ringing"}`)).toBe(1);
  expect(sample(text, 'patchcord_calls_ended_total{cause="USER_BUSY"}')).toBe(1);
  expect(sample(text, `patchcord_registrations{node="${node}",transport="udp"}`)).toBe(2);
  expect(sample(text, 'patchcord_events_total{type="call.created"}')).toBe(2);
  expect(sample(text, 'patchcord_events_total{type="registration.online"}')).toBe(2);
});

test("text from the switch neither breaks a line nor grows a label without end", async () => {
  await using world = await restWorld();
  for (let at = 0; at < 50; at += 1) {
    world.events.publish({ type: `switch.X${at}`, time: 1, node, data: {} });
    world.events.publish({ type: "call.ended", time: 1, node, data: { cause: `cause\n${at}` } });
  }
  world.registrations.online(registration("1001", { transport: 'u"\ndp' }), 1);
  const text = await scrape(world);
  expect(sample(text, 'patchcord_events_total{type="switch"}')).toBe(50);
  expect(sample(text, 'patchcord_calls_ended_total{cause="OTHER"}')).toBe(50);
  for (const line of text.split("\n"))
    expect(line).toMatch(/^$|^# |^[a-z][a-z0-9_]*(?:\{.*\})? [-+.0-9eNaInf]+$/);
});

test("what the gateway has now", async () => {
  const gateway = {
    sessions: { active: 2, ringing: 1 },
    media: { legs: 5, ports: 6, quarantined: 7, sockets: 8, timers: 9 },
    sip: { transactions: 1, dialogs: 2, timers: 3, dropped: 4 },
    registered: true,
  };
  const nobody = { list: () => [] };
  const events = { subscribe: () => () => undefined };
  const { plugin } = createMetrics({
    nodes: nobody,
    calls: nobody,
    registrations: nobody,
    events,
    gateway: () => gateway,
  });
  const app = Fastify();
  await app.register(plugin);
  const { body } = await app.inject("/metrics");
  await app.close();
  expect(sample(body, 'patchcord_gateway_sessions{state="active"}')).toBe(2);
  expect(sample(body, 'patchcord_gateway_sessions{state="ringing"}')).toBe(1);
  expect(sample(body, "patchcord_gateway_registered")).toBe(1);
  expect(sample(body, "patchcord_gateway_media_ports")).toBe(6);
  expect(sample(body, "patchcord_gateway_media_ports_quarantined")).toBe(7);
  expect(sample(body, "patchcord_gateway_sip_dialogs")).toBe(2);
  expect(sample(body, "patchcord_gateway_sip_dropped_total")).toBe(4);
});

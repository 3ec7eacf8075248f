import { silentLogger, systemIds } from "../../src/base/index.ts";
import type { ExplainQuery, Explanation } from "../../src/contract/index.ts";
import { WebTokens, type IceServerSetting } from "../../src/core/access/index.ts";
import {
  Calls,
  CallService,
  type CallControl,
  type ChannelEvent,
  type ChannelEventName,
} from "../../src/core/calls/index.ts";
import { EventLog } from "../../src/core/events/index.ts";
import { Extensions } from "../../src/core/extensions/index.ts";
import { Invitations } from "../../src/core/invitations/index.ts";
import { Nodes } from "../../src/core/nodes/index.ts";
import { Registrations, type Registration } from "../../src/core/registrations/index.ts";
import { Traces } from "../../src/core/traces/index.ts";
import { eventsPlugin } from "../../src/edge/events/index.ts";
import { createMetrics } from "../../src/edge/metrics/index.ts";
import { restPlugin, webClientsPlugin, type RestDependencies } from "../../src/edge/rest/index.ts";
import { signallingPlugin, type SignallingDependencies } from "../../src/edge/signalling/index.ts";
import { openStore } from "../../src/store/index.ts";
import { newAccess, startServer } from "./http.ts";
import { ManualClock } from "./manual-clock.ts";
import { FakeExchange } from "./web-users.ts";

export const domain = "patchcord.test";
export const node = "127.0.0.1:8021";

type Service = RestDependencies["callService"];

/**
 * The whole HTTP interface over the real core and a store in memory. What is asked of calls is played by `service`,
 * which a test replaces; with a `control`, the real service asks that. Web users call into `exchange`.
 */
export async function restWorld({
  control,
  iceServers = [],
  signalling = {},
  ...options
}: {
  control?: CallControl;
  iceServers?: readonly IceServerSetting[];
  signalling?: Partial<SignallingDependencies>;
  rateLimits?: { requests: number; failures: number };
} = {}) {
  const clock = new ManualClock();
  const store = await openStore({ path: ":memory:" });
  const events = new EventLog({ epoch: "e1", capacity: 1000 });
  const publish = (event: Parameters<EventLog["publish"]>[0]): void => void events.publish(event);
  /** Web users by the references that are believed. */
  const webUsers = new Map<string, { number: string; name: string }>();
  const calls = new Calls({ publish, webUserOf: (reference) => webUsers.get(reference) ?? null });
  const traces = new Traces({ clock });
  const nodes = new Nodes(publish);
  const registrations = new Registrations(publish);
  const changed: string[] = [];
  const extensions = new Extensions({
    repository: store.extensions,
    domain,
    proxyAccount: "1000",
    proxySecret: "the-proxy-secret-of-this-test",
    ids: systemIds,
    changed: (_domain, numbers) => changed.push(...numbers),
  });
  const access = newAccess();
  const webTokens = new WebTokens({ keys: store.signingKeys, iceServers, ids: systemIds, clock });
  /** Where web users' calls go; a test plays it. */
  const exchange = new FakeExchange();
  const invitations = new Invitations({
    exchange,
    publish,
    clock,
    ids: systemIds,
    log: silentLogger,
    ringSeconds: 30,
  });
  const asked: unknown[][] = [];
  /** What the switch does when asked; a test replaces it. */
  const service: { -readonly [Name in keyof Service]: Service[Name] } = {
    dial: async (request) => {
      asked.push(["dial", request]);
      return { id: "01CALL" };
    },
    perform: async (id, verb) => {
      asked.push([id, verb]);
      return { operation: "op-1", call: id };
    },
  };
  const explained: ExplainQuery[] = [];
  const explain = async (query: ExplainQuery): Promise<Explanation> => {
    explained.push(query);
    return {
      context: query.context ?? "default",
      steps: [
        {
          extension: "web-user",
          field: "destination_number",
          expression: "^0",
          value: query.to,
          pass: false,
        },
      ],
      actions: [{ application: "bridge", data: `user/${query.to}@${domain}` }],
      outcome:
        query.to === "1999"
          ? { kind: "reject", target: "UNALLOCATED_NUMBER", reason: "1999 is not provisioned" }
          : { kind: "extension", target: query.to },
      xml: "<document/>",
    };
  };
  const metrics = createMetrics({ nodes, calls, registrations, events });
  const real =
    control &&
    new CallService({
      calls,
      control,
      pickNode: () => node,
      publish,
      ids: systemIds,
      clock,
      log: silentLogger,
      resolve: async (number) => ({ kind: "extension", number: (await extensions.get(number)).number }),
    });
  const callService: Service = real ?? {
    dial: (request) => service.dial(request),
    perform: (id, verb) => service.perform(id, verb),
  };
  const http = await startServer({
    access,
    open: [signallingPlugin({ tokens: webTokens, invitations, clock, ids: systemIds, ...signalling })],
    guarded: [metrics.plugin],
    api: [
      restPlugin({
        nodes,
        registrations,
        extensions,
        calls,
        callService,
        access,
        events,
        traces,
        explain,
        clock,
      }),
      webClientsPlugin({ tokens: webTokens, invitations, calls, traces, node: "gateway" }),
      eventsPlugin({ events, clock }),
    ],
    ...options,
  });
  return {
    clock,
    store,
    events,
    calls,
    webUsers,
    traces,
    nodes,
    registrations,
    extensions,
    access,
    webTokens,
    invitations,
    exchange,
    service,
    asked,
    explained,
    changed,
    metrics,
    http,
    call: (...args: Parameters<typeof http.call>) => http.call(...args),
    async [Symbol.asyncDispose]() {
      await http.server.close(1_000);
      await real?.close();
      await store.close();
    },
  };
}

export const registration = (user: string, more: Partial<Registration> = {}): Registration => ({
  user,
  domain,
  contact: `sip:${user}@127.0.0.1:5070`,
  networkIp: "127.0.0.1",
  networkPort: 5070,
  transport: "udp",
  userAgent: "test",
  expiresAt: 1_700_000_600_000,
  node,
  callId: `${user}-call-id`,
  ...more,
});

/** An event of a leg from a phone, as the fold takes it. */
export function channelEvent(
  name: ChannelEventName,
  uuid: string,
  sequence: number,
  more: Partial<ChannelEvent> & { callState?: string } = {},
): ChannelEvent {
  const { callState = "RINGING", ...event } = more;
  const time = 1_700_000_000_000 + sequence * 1000;
  return {
    name,
    node,
    core: "core-1",
    sequence,
    time,
    bridgedWith: null,
    cause: null,
    detail: null,
    attended: null,
    channel: {
      uuid,
      direction: "inbound",
      callerNumber: "1001",
      callerName: "One",
      calleeNumber: "1002",
      calleeName: "",
      destination: "1002",
      channelName: `sofia/internal/1001@${domain}`,
      createdAt: 1_700_000_000_000,
      answeredAt: name === "CHANNEL_ANSWER" ? time : null,
      callState,
      codec: null,
      relatedTo: null,
      requestedCall: null,
      reference: null,
      originator: null,
      blindTransfer: null,
    },
    ...event,
  };
}

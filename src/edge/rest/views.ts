import type {
  Call as CallView,
  CallWithTimeline,
  Extension as ExtensionView,
  Node as NodeView,
  Registration as RegistrationView,
  Token,
} from "../../contract/index.ts";
import type { TokenView } from "../../core/access/index.ts";
import type { Call, TimelineEntry } from "../../core/calls/index.ts";
import type { Extension } from "../../core/extensions/index.ts";
import type { NodeStatus } from "../../core/nodes/index.ts";
import type { Registration } from "../../core/registrations/index.ts";
import type { Trace, TraceMedia, Traces, TraceStream } from "../../core/traces/index.ts";

// Every member is named: what is added to a model is shown only once the contract says so.

export const callView = (call: Call): CallView => ({
  id: call.id,
  state: call.state,
  from: { number: call.from.number, name: call.from.name },
  to: { number: call.to.number, name: call.to.name },
  startedAt: call.startedAt,
  answeredAt: call.answeredAt,
  endedAt: call.endedAt,
  cause: call.cause,
  mergedInto: call.mergedInto,
  node: call.node,
  legs: call.legs.map((leg) => ({
    uuid: leg.uuid,
    direction: leg.direction,
    number: leg.number,
    name: leg.name,
    state: leg.state,
    codec: leg.codec,
    media: leg.media,
    bridgedWith: leg.bridgedWith,
    startedAt: leg.startedAt,
    answeredAt: leg.answeredAt,
    endedAt: leg.endedAt,
    cause: leg.cause,
  })),
});

/** A call with all that happened: what the switch told, and what our own legs saw. */
export function callWithTimeline(
  call: Call,
  timeline: readonly TimelineEntry[],
  traces: Pick<Traces, "get">,
): CallWithTimeline {
  const traced = call.legs.flatMap(({ uuid, reference }) => {
    const trace = reference === null ? undefined : traces.get(reference);
    return trace ? [{ uuid, trace }] : [];
  });
  const seen = traced.flatMap(({ uuid, trace }) =>
    trace.notes.map(({ time, milestone, detail }) => ({
      time,
      type: `gateway.${milestone}`,
      leg: uuid,
      detail,
    })),
  );
  return {
    ...callView(call),
    timeline: interleaved(timeline, seen),
    gateway: traced.map(({ uuid, trace }) => gatewayView(uuid, trace)),
  };
}

type TimelineView = CallWithTimeline["timeline"];

/** The call's own entries stay in the order in which they were told, whatever the switch's clock says. */
function interleaved(told: readonly TimelineEntry[], seen: TimelineView): TimelineView {
  const waiting = seen.toSorted((one, other) => one.time - other.time);
  const all = told.flatMap(({ time, type, leg, detail }) => {
    const later = waiting.findIndex((one) => one.time >= time);
    const before = waiting.splice(0, later === -1 ? waiting.length : later);
    return [...before, { time, type, leg, detail }];
  });
  return [...all, ...waiting];
}

type GatewayView = CallWithTimeline["gateway"][number];

const gatewayView = (leg: string, trace: Trace): GatewayView => ({
  leg,
  user: trace.user,
  direction: trace.direction,
  invitation: trace.invitation,
  startedAt: trace.startedAt,
  endedAt: trace.endedAt,
  sip: trace.sip && { callId: trace.sip.callId, status: trace.sip.status, reason: trace.sip.reason },
  web: trace.web && mediaView(trace.web),
  far: trace.far && mediaView(trace.far),
  ending: trace.ending && { cause: trace.ending.cause, sip: trace.ending.sip, by: trace.ending.by },
});

const mediaView = (media: TraceMedia): NonNullable<GatewayView["web"]> => ({
  kind: media.kind,
  local: media.local,
  remote: media.remote,
  codec: media.codec,
  ice: media.ice,
  dtls: media.dtls,
  srtp: media.srtp,
  received: streamView(media.received),
  sent: streamView(media.sent),
  peer: { roundTrip: media.peer.roundTrip, fractionLost: media.peer.fractionLost },
  dropped: { ...media.dropped },
});

const streamView = ({ packets, bytes, lost, jitter, lastAt }: TraceStream) => ({
  packets,
  bytes,
  lost,
  jitter,
  lastAt,
});

export const extensionView = (extension: Extension, registered: boolean): ExtensionView => ({
  number: extension.number,
  domain: extension.domain,
  kind: extension.kind,
  displayName: extension.displayName,
  callerIdName: extension.callerIdName,
  callerIdNumber: extension.callerIdNumber,
  context: extension.context,
  callGroup: extension.callGroup,
  tollAllow: extension.tollAllow,
  enabled: extension.enabled,
  registered,
});

export const nodeView = (node: NodeStatus): NodeView => ({
  id: node.id,
  host: node.host,
  port: node.port,
  state: node.state,
  coreUuid: node.coreUuid,
  version: node.version,
  sessions: node.sessions,
  sessionsPeak: node.sessionsPeak,
  sessionsPerSecond: node.sessionsPerSecond,
  eventLagMs: node.eventLagMs,
  bound: node.bound,
  lastError: node.lastError,
});

export const registrationView = (registration: Registration): RegistrationView => ({
  user: registration.user,
  domain: registration.domain,
  contact: registration.contact,
  networkIp: registration.networkIp,
  networkPort: registration.networkPort,
  transport: registration.transport,
  userAgent: registration.userAgent,
  expiresAt: registration.expiresAt,
  node: registration.node,
});

export const tokenView = ({ id, name, scopes, createdAt, expiresAt }: TokenView): Token => ({
  id,
  name,
  scopes: [...scopes],
  createdAt,
  expiresAt,
});

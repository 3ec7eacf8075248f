import {
  type AttendedTransfer,
  type BlindTransfer,
  type ChannelEvent,
  type ChannelEventName,
  type ChannelFacts,
  type ChannelSnapshot,
  referenceHeader,
  referenceVariable,
} from "../core/calls/index.ts";
import { requestedParties } from "./requested-parties.ts";
import { channelEvents } from "../protocol/esl/index.ts";
import { uuidForm } from "./uuid.ts";

/** Headers of an event as the event socket sends them in JSON: names as in switch_channel.c, values as text. */
type Headers = Readonly<Record<string, string>>;

const names: ReadonlyMap<string, ChannelEventName> = new Map(channelEvents.map((name) => [name, name]));

/** Fired with the profile's `fire-transfer-events` (sofia.c). */
const transfers: ReadonlySet<string> = new Set([
  "sofia::transferor",
  "sofia::transferee",
  "sofia::replaced",
  "sofia::intercepted",
]);

/** `TIME:UUID:bl_xfer:NUMBER/CONTEXT/DIALPLAN` (switch_ivr.c, switch_ivr_session_transfer). */
const blindTransfer = /^[^:]*:([^:]+):bl_xfer:(.*)\/[^/]*\/([^/]*)$/;

/**
 * An event of the event socket as the ledger of calls takes it; undefined for one that tells nothing of a channel, or
 * that is malformed. Never throws. `proxyAccount` is the account whose calls may be a web user's; none if not given.
 */
export function translate(headers: Headers, node: string, proxyAccount?: string): ChannelEvent | undefined {
  const name = nameOf(headers);
  const sequence = integer(headers["Event-Sequence"]);
  const time = milliseconds(headers["Event-Date-Timestamp"]);
  const core = keyOf(headers["Core-UUID"]);
  if (name === undefined || sequence === null || time === null || core === null) return undefined;
  const channel = factsOf(headers, time, proxyAccount);
  if (channel === undefined) return undefined;
  const bridges = name === "CHANNEL_BRIDGE" || name === "CHANNEL_UNBRIDGE";
  return {
    name,
    node,
    core,
    sequence,
    time,
    channel,
    bridgedWith: bridges ? otherEnd(headers, channel.uuid) : null,
    cause: text(headers["Hangup-Cause"]),
    attended: name === "TRANSFER" ? attendedOf(headers) : null,
    detail: detailOf(name, headers),
  };
}

/**
 * A channel from `uuid_dump UUID json`, whose headers are those of a CHANNEL_DATA event; undefined for anything else.
 * Never throws.
 */
export function translateDump(headers: Headers, proxyAccount?: string): ChannelSnapshot | undefined {
  const channel = factsOf(headers, milliseconds(headers["Event-Date-Timestamp"]) ?? 0, proxyAccount);
  if (channel === undefined) return undefined;
  const sequence = integer(headers["Event-Sequence"]);
  // bridge_uuid outlives the bridge until the channel leaves its application; signal_bond ends with it (switch_ivr_bridge.c).
  const [bond, bridge] = [keyOf(headers["variable_signal_bond"]), keyOf(headers["variable_bridge_uuid"])];
  return {
    channel,
    bridgedWith: bond !== null && bond === bridge && !isParked(headers) ? bond : null,
    parked: isParked(headers),
    ...(sequence === null ? {} : { sequence }),
  };
}

function nameOf(headers: Headers): ChannelEventName | undefined {
  const name = headers["Event-Name"] ?? "";
  if (name !== "CUSTOM") return names.get(name);
  const subclass = headers["Event-Subclass"] ?? "";
  if (transfers.has(subclass)) return "TRANSFER";
  if (subclass !== "valet_parking::info") return undefined;
  return headers["Action"] === "hold" ? "CHANNEL_PARK" : "CHANNEL_UNPARK";
}

function factsOf(headers: Headers, time: number, proxyAccount: string | undefined): ChannelFacts | undefined {
  const uuid = keyOf(headers["Unique-ID"]);
  if (uuid === null) return undefined;
  const related = keyOf(
    headers["Other-Leg-Unique-ID"] ??
      headers["variable_signal_bond"] ??
      headers["variable_originator"] ??
      headers["variable_originate_signal_bond"],
  );
  const parties = requestedParties(headers);
  const outbound = headers["Call-Direction"] === "outbound";
  return {
    uuid,
    direction: outbound ? "outbound" : "inbound",
    callerNumber:
      (outbound ? undefined : headers["variable_user_name"]) ?? headers["Caller-Caller-ID-Number"] ?? "",
    callerName: headers["Caller-Caller-ID-Name"] ?? "",
    calleeNumber: headers["Caller-Callee-ID-Number"] ?? "",
    calleeName: (outbound ? calleeNameOf(headers) : headers["Caller-Callee-ID-Name"]) ?? "",
    destination: (outbound ? calledOf(headers) : dialledOf(headers)) ?? "",
    channelName: headers["Channel-Name"] ?? "",
    createdAt: milliseconds(headers["Caller-Channel-Created-Time"]) ?? time,
    answeredAt: milliseconds(headers["Caller-Channel-Answered-Time"]),
    callState: headers["Channel-Call-State"] ?? "",
    codec: text(headers["Channel-Read-Codec-Name"]),
    relatedTo: related === uuid ? null : related,
    requestedCall: keyOf(headers["variable_patchcord_call"]),
    ...(parties ? { requestedParties: parties } : {}),
    originator: keyOf(headers["variable_originator"]),
    reference: referenceOf(headers, outbound, proxyAccount),
    blindTransfer: blindTransferOf(headers),
  };
}

/**
 * What our dialplan took down, else what a header told: of a call that was made by us, or by our own account. mod_sofia
 * keeps a header's letter case: ours is as our user agent writes it.
 */
function referenceOf(headers: Headers, outbound: boolean, proxyAccount: string | undefined): string | null {
  const kept = text(headers[`variable_${referenceVariable}`]);
  const mayTell = outbound || (proxyAccount !== undefined && headers["variable_user_name"] === proxyAccount);
  return kept ?? (mayTell ? text(headers[`variable_sip_h_${referenceHeader}`]) : null);
}

/**
 * Who was called. A leg to a registered phone bears the user part of its contact, which is the phone's own invention
 * (`1001-0x55d09e51fd00`); whom it was dialled as is in variables that mod_dptools' `user` endpoint sets. `presence_id`
 * (`USER@DOMAIN`) holds for good; `dialed_user` becomes the far end's once the leg itself calls someone.
 */
function calledOf(headers: Headers): string | undefined {
  const [, user] = /^([^@]+)@/.exec(headers["variable_presence_id"] ?? "") ?? [];
  return user ?? headers["variable_dialed_user"] ?? headers["Caller-Destination-Number"];
}

/** What the caller dialled. A transfer overwrites it; then the request URI of the INVITE (sofia.c) still tells it. */
function dialledOf(headers: Headers): string | undefined {
  const asked =
    headers["variable_transfer_source"] === undefined ? undefined : headers["variable_sip_req_user"];
  return asked ?? headers["Caller-Destination-Number"];
}

/**
 * The name of who was called, where there is one. From its first bridge or transfer on, the channel's callee may be the
 * far end: its own is known by its number, which is then the leg's destination still.
 */
function calleeNameOf(headers: Headers): string | undefined {
  const own = headers["Caller-Callee-ID-Number"] === headers["Caller-Destination-Number"];
  return own ? headers["Caller-Callee-ID-Name"] : undefined;
}

/** Of a transfer by name (`park/default/inline`) nothing: it goes to an application, not to a number. */
function blindTransferOf(headers: Headers): BlindTransfer | null {
  const [, id, to, dialplan] = blindTransfer.exec(headers["variable_transfer_source"] ?? "") ?? [];
  return id === undefined || to === undefined || dialplan === "inline" ? null : { id, to };
}

function attendedOf(headers: Headers): AttendedTransfer | null {
  const moved = keyOf(headers["att_xfer_original_call_id"]);
  const target = keyOf(headers["att_xfer_destination_call_id"]);
  return moved === null || target === null ? null : { moved, target };
}

function otherEnd(headers: Headers, uuid: string): string | null {
  const ends = [headers["Bridge-A-Unique-ID"], headers["Bridge-B-Unique-ID"]].map(keyOf);
  return ends.find((end) => end !== uuid && end !== null) ?? null;
}

function detailOf(name: ChannelEventName, headers: Headers): string | null {
  if (name === "DTMF") return text(headers["DTMF-Digit"]);
  // sofia.c writes `blind:NUMBER`.
  return name === "TRANSFER" ? text(headers["variable_transfer_destination"]?.replace(/^blind:/, "")) : null;
}

/** CS_PARK after `uuid_park`; the applications park and valet_park keep the channel in CS_EXECUTE. */
const isParked = (headers: Headers): boolean =>
  headers["Channel-State"] === "CS_PARK" ||
  (headers["Channel-State"] === "CS_EXECUTE" &&
    /^(valet_)?park$/.test(headers["variable_current_application"] ?? ""));

const text = (value: string | undefined): string | null =>
  value === undefined || value === "" ? null : value;

const keyOf = (value: string | undefined): string | null =>
  value !== undefined && uuidForm.test(value) ? value : null;

function integer(value: string | undefined): number | null {
  const number = value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

/** FreeSWITCH's times are microseconds; 0 is a time that has not come. */
function milliseconds(value: string | undefined): number | null {
  const number = value !== undefined && /^\d{1,17}$/.test(value) ? Number(value) : 0;
  return number === 0 ? null : Math.floor(number / 1000);
}

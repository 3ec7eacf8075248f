import type { Call } from "../../contract/index.ts";
import type { EventMessage } from "../sdk/index.ts";
import { plainJson, time } from "./text.ts";

/** Names of the API and what says the same here. */
const ours: Readonly<Record<string, string>> = {
  "GET /extensions": "`npx patchcord extensions list`",
  onExisting: "--on-existing",
  callerIdName: "--caller-id-name",
  callerIdNumber: "--caller-id-number",
  timeoutSeconds: "--timeout",
  dtmfAfterAnswer: "--dtmf",
  displayName: "--name",
  callGroup: "--call-group",
  tollAllow: "--toll-allow",
  ttlSeconds: "--ttl",
};
const theirs = new RegExp(`(?:\\bbody/(?:template/)?)?\\b(${Object.keys(ours).join("|")})\\b`, "g");

/** What the server says of a failure, which it says to users of the API, for a user of the command line. */
export const inOurWords = (detail: string): string =>
  detail.replaceAll(theirs, (text, name: string) => ours[name] ?? text);

type Told = Readonly<Record<string, unknown>>;

const word = (data: Told, name: string): string => {
  const value = data[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "-";
};

function partyIn(data: Told, name: string): string {
  const party = data[name];
  return typeof party === "object" && party !== null && "number" in party ? String(party.number) : "-";
}

const contact = (data: Told): string =>
  `${word(data, "user")}@${word(data, "domain")} ${word(data, "contact")}`;

const details: Readonly<Record<string, (data: Told) => string>> = {
  "call.created": (data) => `${partyIn(data, "from")} → ${partyIn(data, "to")}`,
  "call.ringing": (data) => word(data, "number"),
  "call.answered": () => "",
  "call.bridged": (data) => `${word(data, "leg")} with ${word(data, "with")}`,
  "call.held": (data) => word(data, "leg"),
  "call.resumed": (data) => word(data, "leg"),
  "call.parked": (data) => word(data, "leg"),
  "call.unparked": (data) => word(data, "leg"),
  "call.transferred": (data) => `${word(data, "leg")} to ${word(data, "to")}`,
  "call.dtmf": (data) => `${word(data, "digits")} by ${word(data, "by")}`,
  "call.ended": (data) =>
    data["mergedInto"] === undefined ? word(data, "cause") : `became part of ${word(data, "mergedInto")}`,
  "registration.online": (data) =>
    `${contact(data)} from ${word(data, "networkIp")}:${word(data, "networkPort")} ${word(data, "transport")}`,
  "registration.offline": (data) => `${contact(data)}: ${word(data, "reason")}`,
  "webclient.online": (data) => `0${word(data, "user")} ${word(data, "displayName")}`,
  "webclient.offline": (data) => `0${word(data, "user")} ${word(data, "displayName")}`,
  "invitation.changed": (data) => {
    const why = data["why"] === undefined ? data["cause"] : data["why"];
    const reason = typeof why === "string" ? `: ${why}` : "";
    return `${word(data, "invitation")}  ${word(data, "direction")} ${partyIn(data, "from")} → ${word(data, "to")} ${word(data, "state")}${reason}`;
  },
  "gateway.registered": (data) => `as ${word(data, "account")} with ${word(data, "switch")}`,
  "gateway.unregistered": (data) =>
    `as ${word(data, "account")} with ${word(data, "switch")}: ${word(data, "reason")}`,
  "node.up": (data) => word(data, "version"),
  "node.down": (data) => word(data, "reason"),
  "node.resynced": (data) =>
    `${word(data, "reason")}: ${word(data, "channels")} channels, ${word(data, "registrations")} registrations`,
  "node.lagging": (data) => `its events come ${word(data, "eventLagMs")} ms late`,
  "operation.failed": (data) => `${word(data, "verb")}: ${word(data, "detail")} (${word(data, "code")})`,
};

/** An event in a line; what is of no known type shows its data as it is. */
export function eventWords(event: EventMessage): string {
  if (!("id" in event))
    return `events were lost${event.since === "" ? "" : ` after ${event.since}`}: run \`npx patchcord calls\` to see what is so now`;
  const { id, type, node, data } = event;
  const call = typeof data["call"] === "string" ? data["call"] : null;
  const detail = details[type]?.(data) ?? plainJson(data);
  return [time(event.time), id, node, type, call, detail]
    .filter((part) => part !== null && part !== "")
    .join("  ");
}

const causes: Readonly<Record<string, (party: string) => string>> = {
  USER_NOT_REGISTERED: (party) => `no phone is registered as ${party}`,
  SUBSCRIBER_ABSENT: (party) => `no phone is registered as ${party}`,
  USER_BUSY: (party) => `${party} is busy`,
  NO_ANSWER: (party) => `${party} did not answer`,
  NO_USER_RESPONSE: (party) => `the phone of ${party} did not respond`,
  RECOVERY_ON_TIMER_EXPIRE: (party) => `the phone of ${party} did not respond`,
  DESTINATION_OUT_OF_ORDER: (party) => `the phone of ${party} cannot be reached`,
  ALLOTTED_TIMEOUT: (party) => `${party} did not answer`,
  PROGRESS_TIMEOUT: (party) => `${party} did not answer`,
  CALL_REJECTED: (party) => `${party} declined`,
  DECLINE: (party) => `${party} declined`,
  UNALLOCATED_NUMBER: (party) => `${party} is not in use`,
  INCOMPATIBLE_DESTINATION: (party) => `the phone of ${party} takes no codec that is offered`,
  ORIGINATOR_CANCEL: () => "it was hung up",
  CRASH: () => "the switch was restarted",
};

/** Why a call ended before it was answered. */
export function whyUnanswered({ cause, legs, from, to }: Call): string {
  const wanted = legs.some((leg) => leg.answeredAt !== null) ? to : from;
  const party = wanted.number || wanted.name;
  const name = cause ?? "no cause is known";
  return `${causes[name]?.(party) ?? `the call to ${party} failed`} (${name})`;
}

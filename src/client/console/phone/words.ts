import type { InvitationState, ServerFrame } from "../../../contract/index.ts";

export interface Ending {
  readonly text: string;
  /** A normal end, something to know, or something that went wrong. */
  readonly tone: "normal" | "notice" | "problem";
}

/** What a person is told of a call that has ended. */
export interface EndedCall {
  readonly direction: "outgoing" | "incoming";
  /** The other side: its name, else its number. */
  readonly who: string;
  readonly number: string;
  /** The SDK's `CallEnd`, as far as words need it. */
  readonly end: {
    readonly state: InvitationState;
    readonly cause: string;
    readonly sip: number;
    readonly by: Extract<ServerFrame, { type: "ended" }>["by"];
    readonly error?: { readonly detail: string };
  };
}

type Sentence = (who: string, number: string) => string;

const noPath: Sentence = () => "The telephone system could not connect the call. Try again in a moment.";
const noSound: Sentence = () => "The sound could not be connected. A firewall or a VPN may be in the way.";
const lost: Sentence = () => "The connection was lost.";

/** By FreeSWITCH's cause name, by why an invitation failed, or by the code of this device's error. */
const sentences: Readonly<Record<string, Sentence>> = {
  USER_BUSY: (who) => `${who} is busy.`,
  CALL_REJECTED: (who) => `${who} declined the call.`,
  NO_ANSWER: (who) => `${who} did not answer.`,
  expired: (who) => `${who} did not answer.`,
  ALLOTTED_TIMEOUT: (who) => `${who} did not answer.`,
  NO_USER_RESPONSE: (who) => `${who} could not be reached: the phone did not respond.`,
  "no-response": (who) => `${who} could not be reached: the phone did not respond.`,
  SUBSCRIBER_ABSENT: (who) => `${who} is offline.`,
  USER_NOT_REGISTERED: (who) => `${who} is offline.`,
  offline: (who) => `${who} is offline.`,
  UNALLOCATED_NUMBER: (_who, number) => `The number ${number} does not exist.`,
  NO_ROUTE_DESTINATION: (_who, number) => `The number ${number} does not exist.`,
  INVALID_NUMBER_FORMAT: (_who, number) => `${number} is not a complete number.`,
  "invalid-number": (_who, number) => `${number} is not a number that can be called.`,
  OUTGOING_CALL_BARRED: (_who, number) => `You may not call ${number}.`,
  INCOMING_CALL_BARRED: (who) => `${who} does not take this call.`,
  INCOMPATIBLE_DESTINATION: (who) => `${who}’s phone has no sound format in common with this browser.`,
  BEARERCAPABILITY_NOTAVAIL: (who) => `${who}’s phone has no sound format in common with this browser.`,
  DESTINATION_OUT_OF_ORDER: (who) => `${who}’s phone is out of order.`,
  NUMBER_CHANGED: (_who, number) => `The number ${number} is no longer in use.`,
  EXCHANGE_ROUTING_ERROR: noPath,
  FACILITY_REJECTED: noPath,
  NORMAL_UNSPECIFIED: noPath,
  NORMAL_CIRCUIT_CONGESTION: () => "All lines are busy. Try again in a moment.",
  NORMAL_TEMPORARY_FAILURE: noPath,
  NETWORK_OUT_OF_ORDER: noPath,
  RECOVERY_ON_TIMER_EXPIRE: (who) => `${who} could not be reached: the phone did not respond.`,
  SWITCH_CONGESTION: () => "All lines are busy. Try again in a moment.",
  // RFC 3261 section 21.5.4: overload or maintenance. No line or media port is free, or Patchcord stops.
  "service-unavailable": () =>
    "The telephone system takes no more calls now, or is restarting. Try again in a moment.",
  "too-many-calls": () => "This phone has too many calls at once.",
  switch: noPath,
  SYSTEM_SHUTDOWN: () => "The telephone system is restarting. Try again in a moment.",
  "shutting-down": () => "The telephone system is restarting. Try again in a moment.",
  MEDIA_TIMEOUT: () => "The call ended because no more sound arrived.",
  media: noSound,
  "media-failed": noSound,
  "media-refused": noSound,
  "connection-lost": lost,
  unreachable: lost,
  timeout: () => "The telephone system did not respond in time. Try again in a moment.",
  "not-ready": () => "There is no connection to the telephone system yet. Try again in a moment.",
  closed: () => "You signed out.",
  unauthorized: () => "You were signed out: the token is no longer valid.",
  LOSE_RACE: () => "Answered on another device.",
  PICKED_OFF: () => "Answered by someone else.",
  BLIND_TRANSFER: (who) => `${who} was transferred to someone else.`,
  ATTENDED_TRANSFER: (who) => `${who} was transferred to someone else.`,
  "insecure-context": () =>
    "This page cannot use the microphone because it was not opened over https (or on localhost). Open it over https.",
  "microphone-refused": () =>
    "The microphone is blocked. Allow it for this site in the browser’s address bar, then try again.",
  "microphone-absent": () => "No microphone was found. Connect one, then try again.",
  "microphone-failed": () =>
    "The microphone cannot be used. Close other programs that may be using it, then try again.",
};

/** For causes that have no sentence: what the SIP status says. RFC 3261 section 21. */
const bySip: Readonly<Record<number, string>> = {
  403: "OUTGOING_CALL_BARRED",
  404: "UNALLOCATED_NUMBER",
  408: "NO_ANSWER",
  480: "SUBSCRIBER_ABSENT",
  484: "INVALID_NUMBER_FORMAT",
  486: "USER_BUSY",
  488: "INCOMPATIBLE_DESTINATION",
  502: "DESTINATION_OUT_OF_ORDER",
  503: "service-unavailable",
  504: "RECOVERY_ON_TIMER_EXPIRE",
  600: "USER_BUSY",
  603: "CALL_REJECTED",
};

/** That sentence, or undefined where nobody wrote one. */
export function sentenceFor(key: string, who: string, number: string): string | undefined {
  return Object.hasOwn(sentences, key) ? sentences[key]?.(who, number) : undefined;
}

function answered({ direction, who, number, end }: EndedCall): Ending {
  const mine = direction === "outgoing" ? "caller" : "callee";
  if (end.error === undefined && (end.sip === 200 || end.cause === "NORMAL_CLEARING")) {
    const special = sentenceFor(end.cause, who, number);
    if (special !== undefined) return { text: special, tone: "notice" };
    if (end.by === "network") return { text: lost(who, number), tone: "problem" };
    return {
      text: end.by === mine ? "You hung up." : end.by === "ours" ? "The call ended." : `${who} hung up.`,
      tone: "normal",
    };
  }
  if (end.by === "network") return { text: lost(who, number), tone: "problem" };
  return { text: sentenceFor(end.cause, who, number) ?? "The call was cut off.", tone: "problem" };
}

function unansweredIncoming({ who, number, end }: EndedCall): Ending {
  if (end.error !== undefined)
    return { text: sentenceFor(end.cause, who, number) ?? lost(who, number), tone: "problem" };
  if (end.cause === "LOSE_RACE") return { text: "Answered on another device.", tone: "normal" };
  if (end.state === "refused" && end.cause === "USER_BUSY")
    return { text: `${who} called while you were busy.`, tone: "notice" };
  if (end.state === "refused") return { text: `You declined ${who}.`, tone: "normal" };
  if (end.cause === "media") return { text: noSound(who, number), tone: "problem" };
  return { text: `You missed a call from ${who}.`, tone: "notice" };
}

/** What callees and numbers are like, and nothing that anybody could mend. RFC 3261 sections 21.4 and 21.6. */
const isOrdinary = ({ sip, error }: EndedCall["end"]): boolean =>
  error === undefined && ((sip >= 400 && sip < 500 && sip !== 488) || sip >= 600);

function unansweredOutgoing({ who, number, end }: EndedCall): Ending {
  if (end.cause === "ORIGINATOR_CANCEL") return { text: "You canceled the call.", tone: "normal" };
  const own = sentenceFor(end.cause, who, number);
  const told = sentenceFor(bySip[end.sip] ?? "", who, number);
  // That it failed at the switch says less than the switch's own status, and a 503 is not this browser's network.
  const statusFirst = end.cause === "switch" || (end.cause === "media" && end.sip === 503);
  const sentence = statusFirst ? (told ?? own) : (own ?? told);
  const code = end.sip > 0 ? `${end.cause}, SIP ${end.sip}` : end.cause;
  const text = sentence ?? end.error?.detail ?? `The call did not succeed (${code}).`;
  return { text, tone: isOrdinary(end) ? "notice" : "problem" };
}

/** The sentence for any end of a call. */
export function endingOf(call: EndedCall): Ending {
  if (call.end.state === "accepted") return answered(call);
  return call.direction === "outgoing" ? unansweredOutgoing(call) : unansweredIncoming(call);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `1:23`, `1:02:03`. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

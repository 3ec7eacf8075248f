import { parseAddress } from "../address.ts";
import type { DialogId } from "../agent/model.ts";
import { Headers } from "../headers.ts";
import type { SipRequest, SipResponse } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { parseCSeq } from "../sequence.ts";
import { parseUri } from "../uri.ts";

/** RFC 3261 12, as our side has it. */
export interface DialogState extends DialogId {
  /** From of our requests and To of theirs, tag included. */
  readonly local: string;
  /** To of our requests and From of theirs, tag included when there is one. */
  readonly remote: string;
  /** CSeq of our last request. */
  readonly localSequence: number;
  /** CSeq of their last request; null: none came yet. */
  readonly remoteSequence: number | null;
  /** Request-URI of our requests, their Contact. */
  readonly remoteTarget: string;
  /** Route of our requests, nearest first, each in brackets. */
  readonly routes: readonly string[];
}

const text = (message: SipRequest | SipResponse, name: string): string => message.headers.get(name) ?? "";

/** Of CSeq. Throws a SipParseError. */
export const sequenceOf = (message: SipRequest | SipResponse): number =>
  parseCSeq(text(message, "CSeq")).number;

const tag = (value: string): string => parseAddress(value).params.get("tag") ?? "";

/** The URI of the Contact, if there is a usable one. */
function contactOf(message: SipRequest | SipResponse): string | undefined {
  const contact = message.headers.get("Contact");
  if (contact === undefined) return undefined;
  const { uri, uriText } = parseAddress(contact);
  return typeof uri === "string" ? undefined : uriText;
}

/** Whether the message has a Contact that requests can be sent to. Never throws. */
export function hasContact(message: SipRequest | SipResponse): boolean {
  try {
    return contactOf(message) !== undefined;
  } catch (error) {
    if (error instanceof SipParseError) return false;
    throw error;
  }
}

/** Those of a message that makes a dialog. Throws a SipParseError for one that cannot be followed. */
function routesOf(message: SipRequest | SipResponse): string[] {
  const routes = message.headers.all("Record-Route");
  for (const route of routes) parseAddress(route);
  return routes;
}

/** 12.1.2, at the caller: an early or confirmed dialog out of the response. Throws a SipParseError. */
export function dialogOfResponse(request: SipRequest, response: SipResponse): DialogState {
  const local = text(request, "From");
  const remote = text(response, "To");
  return {
    callId: text(request, "Call-ID"),
    localTag: tag(local),
    remoteTag: tag(remote),
    local,
    remote,
    localSequence: sequenceOf(request),
    remoteSequence: null,
    // A provisional response need not have a Contact; nothing is sent in that dialog then but to where the INVITE went.
    remoteTarget: contactOf(response) ?? request.uri,
    routes: routesOf(response).toReversed(),
  };
}

/** 12.1.1, at the callee. Throws a SipParseError. */
export function dialogOfRequest(request: SipRequest, localTag: string): DialogState {
  const remote = text(request, "From");
  return {
    callId: text(request, "Call-ID"),
    localTag,
    remoteTag: tag(remote),
    local: `${text(request, "To")};tag=${localTag}`,
    remote,
    localSequence: 0,
    remoteSequence: sequenceOf(request),
    remoteTarget: contactOf(request) ?? parseAddress(remote).uriText,
    routes: routesOf(request),
  };
}

/** Where a request goes: its Request-URI, its Route, and the URI that names the next hop. */
export interface Routing {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly hop: string;
}

/** 12.2.1.1: by loose routes; by strict ones, which RFC 2543 had, with the target at the end of the Route. */
function routingOf({ remoteTarget, routes }: Pick<DialogState, "remoteTarget" | "routes">): Routing {
  const [first, ...rest] = routes;
  if (first === undefined) return { uri: remoteTarget, routes: [], hop: remoteTarget };
  const { uri, uriText } = parseAddress(first);
  const loose = typeof uri !== "string" && uri.params.has("lr");
  return loose
    ? { uri: remoteTarget, routes, hop: uriText }
    : { uri: uriText, routes: [...rest, `<${remoteTarget}>`], hop: uriText };
}

/** Our next request, with no more than what the dialog says of it (12.2.1.1). An ACK has its INVITE's number. */
export function requestIn(
  state: DialogState,
  method: string,
  sequence = state.localSequence + 1,
): { readonly state: DialogState; readonly request: SipRequest; readonly hop: string } {
  const { uri, routes, hop } = routingOf(state);
  const headers = Headers.of([
    ["Max-Forwards", "70"],
    ...routes.map((route) => ["Route", route] as const),
    ["From", state.local],
    ["To", state.remote],
    ["Call-ID", state.callId],
    ["CSeq", `${sequence} ${method}`],
  ]);
  return {
    state: { ...state, localSequence: Math.max(state.localSequence, sequence) },
    request: { kind: "request", method, uri, headers, body: new Uint8Array() },
    hop,
  };
}

/** 12.2.2: undefined for a request that is older than one that came already. Throws a SipParseError. */
export function takeRequest(state: DialogState, request: SipRequest): DialogState | undefined {
  const number = sequenceOf(request);
  if (state.remoteSequence !== null && number < state.remoteSequence) return undefined;
  return { ...state, remoteSequence: number };
}

/** The peer's side of a target refresh: re-INVITE and UPDATE, and 2xx to ours (12.2). Throws a SipParseError. */
export function refreshTarget(state: DialogState, message: SipRequest | SipResponse): DialogState {
  const remoteTarget = contactOf(message);
  return remoteTarget === undefined ? state : { ...state, remoteTarget };
}

/** Where the URI of a next hop leads (RFC 3263 without DNS); null: it names a host, which we do not look up. */
export function hopAddress(
  hop: string,
): { readonly protocol: "UDP" | "TCP"; readonly host: string; readonly port: number } | null {
  const uri = parseUri(hop);
  const host = uri.host.replace(/^\[(.*)\]$/u, "$1");
  if (!/^[\d.]+$|:/u.test(host)) return null;
  const protocol = uri.params.get("transport")?.toLowerCase() === "tcp" ? "TCP" : "UDP";
  return { protocol, host, port: uri.port ?? 5060 };
}

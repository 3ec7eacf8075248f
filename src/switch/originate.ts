import {
  type ChannelCommand,
  type Endpoint,
  type OriginateRequest,
  partyOf,
  referenceHeader,
  type Referred,
} from "../core/calls/index.ts";
import { apiArgument, callerName, dialString, userTarget } from "../protocol/dialstring/index.ts";
import { commands, type ApiCommand } from "../protocol/esl/index.ts";
import { partyVariableNames, partyVariables } from "./requested-parties.ts";

/** What the dial plan of this installation is built on. */
export interface Numbering {
  readonly domain: string;
  /** The account that calls to web users are bridged to. */
  readonly proxyAccount: string;
  /** Gives the reference that a web user is called by. */
  readonly issue: (referred: Referred) => string;
}

/** The context whose routes POST /calls may use. */
const context = "default";

/** How a side is shown to the other one. */
function shownAs(endpoint: Endpoint): string {
  const { number, name } = partyOf(endpoint);
  return number || name;
}

/**
 * What the first side does once it answered. A number goes through our own dialplan, as if the phone had dialled it:
 * the same routes, the same causes, and what we serve is the only place that knows them.
 */
function destinationOf(endpoint: Endpoint): string {
  if (endpoint.kind !== "app") return `${apiArgument(shownAs(endpoint))} XML ${context}`;
  return endpoint.app === "conference"
    ? `&conference(${apiArgument(endpoint.room)}@default)`
    : `&${endpoint.app}()`;
}

/** Of the leg to a web user: whom our user agent is to call, and what proves that the switch was told to. */
function webUserVariables(request: OriginateRequest, { domain, issue }: Numbering): Record<string, string> {
  const { from, callerIdName: name, callerIdNumber: number } = request;
  if (from.kind !== "webUser") return {};
  const reference = issue({
    kind: "to-web-user",
    user: from.number,
    uuid: null,
    number: shownAs(from),
    callerId: { name, number },
  });
  return {
    "sip_h_X-Number": `<sip:${from.number}@${domain}>`,
    [`sip_h_${referenceHeader}`]: reference,
    effective_callee_id_name: shownAs(from),
    effective_callee_id_number: shownAs(from),
    // The gateway speaks plain RTP, whatever transport it registered by.
    media_webrtc: "false",
  };
}

/**
 * Builds `originate DIALSTRING DESTINATION`. `dtmfAfterAnswer` is only seen to where the second side is an
 * application; else see PendingDigits. Throws `invalid-number` or `unsafe-text`.
 */
export function originateCommand(request: OriginateRequest, numbering: Numbering): ApiCommand {
  const { domain, proxyAccount } = numbering;
  const { from, to, dtmfAfterAnswer } = request;
  const shown = shownAs(to);
  const own = shownAs(from);
  const onAnswer = [
    // mod_sofia makes a Call-Info header of sip_auto_answer, and sends every header of a leg on to the next one.
    ...(request.autoAnswer ? ["unset sip_h_Call-Info"] : []),
    ...(to.kind === "app" && dtmfAfterAnswer !== null ? [`send_dtmf ${dtmfAfterAnswer}`] : []),
  ];
  const variables: Record<string, string> = {
    ...request.variables,
    patchcord_call: request.call,
    ...partyVariables(request),
    // The second leg belongs to the call from its first event on, and a phone rings as long as asked. How long a web
    // user rings is ours to say.
    export_vars: `patchcord_call,${partyVariableNames}${to.kind === "extension" ? ",originate_timeout" : ""}`,
    // Whoever is named is shown to both sides; else each is shown the other.
    origination_caller_id_name: callerName(request.callerIdName ?? shown),
    origination_caller_id_number: request.callerIdNumber ?? shown,
    effective_caller_id_name: callerName(request.callerIdName ?? own),
    effective_caller_id_number: request.callerIdNumber ?? own,
    originate_timeout: String(request.timeoutSeconds),
    // A ringing tone of the phone's side is no answer.
    ignore_early_media: "true",
    ...(request.autoAnswer ? { sip_auto_answer: "true" } : {}),
    ...Object.fromEntries(
      onAnswer.map((application, index) => [`execute_on_answer_${index + 1}`, application]),
    ),
    ...webUserVariables(request, numbering),
  };
  const target = userTarget(from.kind === "webUser" ? proxyAccount : from.number, domain);
  return commands.originate(apiArgument(dialString({ variables, target })), destinationOf(to));
}

/** The api command for a verb; undefined for `answer`, which is sent to the channel itself. Throws `unsafe-text`. */
export function channelCommand(command: ChannelCommand): ApiCommand | undefined {
  let api: ApiCommand | undefined;
  switch (command.verb) {
    case "hangup":
      api = commands.uuidKill(command.uuid, command.cause);
      break;
    case "hold":
      api = commands.uuidHold(command.uuid);
      break;
    case "resume":
      api = commands.uuidUnhold(command.uuid);
      break;
    case "transfer":
      api = commands.uuidTransfer(command.uuid, command.to, command.context);
      break;
    case "bridge":
      api = commands.uuidBridge(command.uuid, command.other);
      break;
    case "park":
      api = commands.uuidPark(command.uuid);
      break;
    case "dtmf":
      api = commands.uuidSendDtmf(command.uuid, command.digits);
      break;
    case "answer":
      break;
  }
  return api;
}

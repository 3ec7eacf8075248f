import type { Extension } from "../core/extensions/index.ts";
import { callerName, channelVariables, userTarget } from "../protocol/dialstring/index.ts";
import { directoryDocument, type DirectoryUser } from "../protocol/fsxml/index.ts";
import type { DocumentSettings } from "./settings.ts";

const defaultGroup = "default";

/** Milliseconds; in microseconds more of them overflow the `int` of switch_xml.c, and the user is not kept at all. */
const longestCache = 2_147_483;

/**
 * Every contact that is registered, at once; none: USER_NOT_REGISTERED, which is 480. A contact over WebSocket is
 * offered WebRTC's media, except the proxy account's: our user agent speaks plain RTP (freeswitch.md section 2).
 */
function dialStringOf({ number, domain, kind }: Extension): string {
  const address = userTarget(number, domain).slice("user/".length);
  return `${channelVariables({
    presence_id: address,
    sip_invite_domain: domain,
    ...(kind === "proxy" ? { media_webrtc: "false" } : {}),
  })}\${sofia_contact(*/${address})}`;
}

function userOf(extension: Extension, cacheable: number): DirectoryUser {
  const { number, displayName, callerIdName, callerIdNumber, context, callGroup, tollAllow, ha1 } = extension;
  return {
    id: number,
    cacheable,
    params: { "a1-hash": ha1, "dial-string": dialStringOf(extension) },
    variables: {
      user_context: context,
      accountcode: number,
      effective_caller_id_name: callerName(callerIdName || displayName || number),
      effective_caller_id_number: callerIdNumber || number,
      ...(callGroup === "" ? {} : { callgroup: callGroup }),
      ...(tollAllow === "" ? {} : { toll_allow: tollAllow }),
    },
  };
}

/** Whatever FreeSWITCH asks about one user. The password is there as HA1 alone (RFC 2617 section 3.2.2.2). */
export const renderUser = (
  extension: Extension,
  { directoryCacheSeconds }: Pick<DocumentSettings, "directoryCacheSeconds">,
): string =>
  directoryDocument(extension.domain, [
    {
      name: extension.callGroup.split(",", 1)[0] || defaultGroup,
      users: [userOf(extension, Math.min(directoryCacheSeconds * 1000, longestCache))],
    },
  ]);

/** `group_call`: without parameters of their own FreeSWITCH calls each as `user/NUMBER@DOMAIN` (mod_commands.c). */
export const renderGroup = (domain: string, group: string, members: readonly Extension[]): string =>
  directoryDocument(domain, [{ name: group, users: members.map(({ number }) => ({ id: number })) }]);

/** That the domain exists: for `domain_exists`, gateways and network lists, none of which has users of ours. */
export const renderDomain = (domain: string): string => directoryDocument(domain);

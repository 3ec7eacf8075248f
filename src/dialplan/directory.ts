import type { Extension } from "../core/extensions/index.ts";
import { callerName, channelVariables, userTarget } from "../protocol/dialstring/index.ts";
import { directoryDocument, type DirectoryUser } from "../protocol/fsxml/index.ts";
import type { DocumentSettings } from "./settings.ts";

const defaultGroup = "default";

/** Milliseconds; in microseconds more of them overflow the `int` of switch_xml.c, and the user is not kept at all. */
const longestCache = 2_147_483;

/**
 * What `sofia_contact` may answer, as `url_encode` writes it: any number of the profile's SIP URIs. A comma, bracket
 * or `:_:` of a URI would end it there and begin a target of the phone's own choice, with variables that run code.
 */
const uriText = String.raw`(?:[-A-Za-z0-9._~/!*]\|%(?:25\|26\|2B\|3A\|3B\|3D\|3F\|40))+`;
const uri = `sofia/internal/sip%3A${uriText}`;
const contactsForm = String.raw`^(?!.*%3A_%3A)(?:error/user_not_registered\|${uri}(?:,${uri})*)$`;

/**
 * A phone writes what it likes into its Contact, and mod_sofia gives it out unchanged: it is checked in the very
 * expression that dials it. `url_encode` leaves no `|` that could end the argument of `regex`, and leaves every
 * `%25` alone: a `%` of the contact itself is made one first, so that decoding gives back what there was.
 */
const checkedContacts = (address: string): string => {
  const contacts = `\${replace(\${sofia_contact(*/${address})}|%|%25)}`;
  return `\${url_decode(\${regex(\${url_encode(${contacts})}|${contactsForm}|%0|n)})}`;
};

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
  })}${checkedContacts(address)}`;
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

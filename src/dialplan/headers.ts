import { referenceHeader } from "../core/calls/index.ts";

/** Carries the number of the web user who is called to the proxy account: `<sip:NUMBER@DOMAIN>`. */
export const numberHeader = "X-Number";

const trusted = [numberHeader, referenceHeader].map((name) => `sip_h_${name}`);

/** How the leg to a web user is shown to its caller (mod_sofia.c, sofia_outgoing_channel). */
export const shownCallee = [
  "nolocal:effective_callee_id_name",
  "nolocal:effective_callee_id_number",
] as const;

/**
 * Without it the callee is offered the caller's codecs alone, of a caller who was answered the one in use: a browser's
 * Opus would be refused by most phones (switch_core_media.c, switch_core_media_prepare_codecs).
 */
export const mixedCodecs = "nolocal:media_mix_inbound_outbound_codecs";

/**
 * mod_sofia makes `sip_h_NAME` of a header, in the letter case that the phone wrote, and `sip_h_NAME-1` … of its
 * repetitions (sofia.c, sofia_handle_sip_i_invite), and sends every `sip_h_` on to the next leg.
 */
const forgeable = /^sip_h_(?:x-number|x-patchcord-|p-)/i;
/** RFC 3261 section 25.1, `token`: mod_sofia takes no other text for a header's name. */
const headerVariable = /^sip_h_[A-Za-z0-9.!%*_+`'~-]{1,200}$/;

/** Of the names of a channel's variables those that a phone may have forged with its headers. */
export const forgedIn = (variables: Iterable<string>): string[] =>
  [...variables].filter((name) => forgeable.test(name) && headerVariable.test(name));

/**
 * The variables to unset before a route uses them: what the phone sent, and what an earlier route of the same call
 * left, which would otherwise go to whoever is called next (`nolocal:` is part of the stored name).
 */
export const distrusted = (forged: readonly string[]): string[] => [
  ...new Set([
    ...trusted,
    ...trusted.map((name) => `nolocal:${name}`),
    ...shownCallee,
    mixedCodecs,
    ...forged,
  ]),
];

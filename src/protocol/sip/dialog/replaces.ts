import type { DialogId } from "../agent/model.ts";
import { SipParseError } from "../parse-error.ts";
import { parseValue } from "../values.ts";

/** RFC 3891 3: the tags are named from the side of whoever is asked. */
export const printReplaces = ({ callId, localTag, remoteTag }: DialogId): string =>
  `${callId};to-tag=${remoteTag};from-tag=${localTag}`;

/** A Replaces as one that we shall send, in a call that a Refer-To asks for. Throws a SipParseError. */
export function parseReplaces(text: string): DialogId & { readonly earlyOnly: boolean } {
  const { value, params } = parseValue(text);
  const remoteTag = params.get("to-tag");
  const localTag = params.get("from-tag");
  if (typeof remoteTag !== "string" || typeof localTag !== "string")
    throw new SipParseError("a Replaces without tags");
  return { callId: value, remoteTag, localTag, earlyOnly: params.has("early-only") };
}

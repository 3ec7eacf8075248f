import { parseContentType, parseValue } from "../values.ts";
import type { SipRequest } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import { hasContact } from "../dialog/state.ts";
import { uriScheme } from "../uri.ts";
import type { Answer } from "./responses.ts";
import { allow, allowed, known, sdpType, supported } from "./words.ts";

/** Methods whose body, if there is one, is a session description. */
const describing: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "PRACK"]);

/** RFC 3261 8.2.1. */
function ofMethod({ method }: SipRequest): Answer | null {
  if ((allowed as readonly string[]).includes(method)) return null;
  return { status: known.has(method) ? 405 : 501, headers: [["Allow", allow]] };
}

/** What concerns only requests that find no dialog here: 8.2.2.1, and 16.3 as we hand calls on like a proxy. */
function ofPlace({ method, uri, headers }: SipRequest): Answer | null {
  if (!["sip", "sips"].includes(uriScheme(uri))) return { status: 416 };
  const hops = headers.get("Max-Forwards");
  return hops !== undefined && Number(hops) === 0 && method !== "OPTIONS" ? { status: 483 } : null;
}

/** 8.2.2.3; a CANCEL has no such headers (9.1). */
function ofExtensions({ headers }: SipRequest): Answer | null {
  const wanted = headers.all("Require").map((option) => option.trim().toLowerCase());
  const strange = wanted.filter((option) => option !== "" && !supported.includes(option));
  return strange.length === 0 ? null : { status: 420, headers: [["Unsupported", strange.join(", ")]] };
}

/** 8.2.3. */
function ofBody({ method, headers, body }: SipRequest): Answer | null {
  if (body.length === 0) return null;
  const disposition = headers.get("Content-Disposition");
  if (
    disposition !== undefined &&
    parseValue(disposition).params.get("handling")?.toLowerCase() === "optional"
  )
    return null;
  const encodings = headers.all("Content-Encoding").map((encoding) => encoding.toLowerCase());
  if (encodings.some((encoding) => encoding !== "identity"))
    return { status: 415, headers: [["Accept-Encoding", "identity"]] };
  if (!describing.has(method)) return null;
  const type = headers.get("Content-Type");
  if (type !== undefined && parseContentType(type).type === sdpType) return null;
  return { status: 415, headers: [["Accept", sdpType]] };
}

/** 8.1.1.8: without one nothing could be sent in the dialog. */
const ofContact = (request: SipRequest): Answer | null =>
  request.method === "INVITE" && !hasContact(request) ? { status: 400 } : null;

/** Why a request cannot be acted upon, whoever is called; null: it can. `outside`: it belongs to no dialog. */
export function screen(request: SipRequest, outside: boolean): Answer | null {
  try {
    return (
      ofMethod(request) ??
      (outside ? ofPlace(request) : null) ??
      ofExtensions(request) ??
      ofBody(request) ??
      ofContact(request)
    );
  } catch (error) {
    if (error instanceof SipParseError) return { status: error.status };
    throw error;
  }
}

import { parseAddress } from "../address.ts";
import type { SipResponse } from "../model.ts";
import { SipParseError } from "../parse-error.ts";
import type { SipUri } from "../uri.ts";

/** What to do after an answer to a REGISTER, or for want of one. Milliseconds, but `expires`: seconds. */
export type Plan =
  | { readonly kind: "registered"; readonly expires: number; readonly refreshIn: number }
  /** 423: once more at once, for that long (RFC 3261 10.2.8). */
  | { readonly kind: "longer"; readonly expires: number }
  | { readonly kind: "failed"; readonly retryIn: number };

const first = 1000;
const longest = 60_000;
/** A registrar's Retry-After is believed up to here. */
const longestAsked = 600_000;
/** No registration is kept for longer than this, seconds: 2**31 - 1 ms is what a timer takes. */
const longestKept = 86_400;

const seconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}/u.test(text.trim()) ? Number.parseInt(text, 10) : undefined;

function uriOf(text: string): SipUri | undefined {
  const { uri } = parseAddress(text);
  return typeof uri === "string" ? undefined : uri;
}

/** Whether they lead to the same place: 19.1.4, as far as registrars keep what they were given. */
const same = (one: SipUri, other: SipUri): boolean =>
  one.user === other.user &&
  one.host.toLowerCase() === other.host.toLowerCase() &&
  (one.port ?? 5060) === (other.port ?? 5060);

/** Seconds granted to our contact (10.2.4): its own `expires`, else the Expires, else what we asked for. */
function grantedTo(contact: string, { headers }: SipResponse, asked: number): number {
  const general = seconds(headers.get("Expires")) ?? asked;
  const ours = uriOf(contact);
  for (const text of headers.all("Contact")) {
    try {
      const uri = uriOf(text);
      if (ours && uri && same(ours, uri))
        return seconds(parseAddress(text).params.get("expires") ?? undefined) ?? general;
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
    }
  }
  return general;
}

/** A minute before it ends, or half time when it is short: a refresh that gets no answer takes half a minute. */
const refreshAfter = (expires: number): number => (expires > 120 ? expires - 60 : expires / 2) * 1000;

/** Doubling from one second to a minute, half of it by chance (`random` in [0, 1)). */
function retryAfter(failures: number, random: number): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(failures, 20));
  return Math.round(ceiling * (0.5 + random / 2));
}

/** `failures`: attempts in a row that failed before this one. */
export function planAfter(
  status: number,
  response: SipResponse | null,
  given: {
    readonly contact: string;
    readonly asked: number;
    readonly failures: number;
    readonly random: number;
  },
): Plan {
  const { contact, asked, failures, random } = given;
  if (response && status < 300) {
    const expires = Math.min(grantedTo(contact, response, asked), longestKept);
    // Granted nothing: as good as a refusal, but for the status.
    if (expires > 0) return { kind: "registered", expires, refreshIn: refreshAfter(expires) };
  }
  const least = seconds(response?.headers.get("Min-Expires"));
  if (status === 423 && least !== undefined && least > asked && least <= longestKept)
    return { kind: "longer", expires: least };
  const wanted = seconds(response?.headers.get("Retry-After"));
  const backoff = retryAfter(failures, random);
  if (wanted === undefined) return { kind: "failed", retryIn: backoff };
  return { kind: "failed", retryIn: Math.min(Math.max(wanted * 1000, backoff), longestAsked) };
}

import { Failure } from "../../../base/index.ts";
import { safeText } from "../headers.ts";
import { knownName } from "../names.ts";
import type { HeaderPair } from "./model.ts";

/** What the agent writes itself: a second one would contradict it. */
const owned: ReadonlySet<string> = new Set([
  "Via",
  "Route",
  "Record-Route",
  "Max-Forwards",
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Contact",
  "Expires",
  "Min-Expires",
  "Content-Type",
  "Content-Length",
  "Content-Encoding",
  "Require",
  "Proxy-Require",
  "Supported",
  "Unsupported",
  "Allow",
  "Allow-Events",
  "Accept",
  "Authorization",
  "Proxy-Authorization",
  "WWW-Authenticate",
  "Proxy-Authenticate",
  "RSeq",
  "RAck",
  "Session-Expires",
  "Min-SE",
  "Replaces",
  "Refer-To",
  "Referred-By",
  "Event",
  "Subscription-State",
  "User-Agent",
  "Server",
]);

/** The application's headers, if they may be sent. @throws Failure `invalid-request`, `unsafe-text` */
export function checkedHeaders(headers: readonly HeaderPair[] | undefined): readonly HeaderPair[] {
  for (const [name, value] of headers ?? []) {
    const proper = knownName(name);
    if (proper !== undefined && owned.has(proper))
      throw new Failure("invalid-request", `The user agent writes ${proper} itself.`);
    safeText(name);
    safeText(value);
  }
  return headers ?? [];
}

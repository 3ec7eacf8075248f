/** An event's headers as FreeSWITCH names them; its body, if it has one, is `_body`. */
export type EventHeaders = Readonly<Record<string, string>>;

/**
 * Reads the body of a `text/event-json` frame; undefined when it is not JSON or not an object. Bytes that are not
 * UTF-8, as in a display name of Latin-1, become U+FFFD. An array header becomes FreeSWITCH's own text form of it,
 * `ARRAY::a|:b` (switch_event.c).
 */
export function parseJsonEvent(body: Buffer): EventHeaders | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === "string") headers[name] = value;
    else if (Array.isArray(value)) headers[name] = `ARRAY::${value.map(String).join("|:")}`;
  }
  return headers;
}

/** Event-Date-Timestamp (microseconds) as milliseconds since the epoch; undefined when it is missing or no number. */
export function eventTime(headers: EventHeaders): number | undefined {
  const microseconds = Number(headers["Event-Date-Timestamp"]);
  return Number.isFinite(microseconds) && microseconds > 0 ? Math.floor(microseconds / 1000) : undefined;
}

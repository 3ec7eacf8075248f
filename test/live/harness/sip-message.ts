/** A SIP message as it was on the wire; header names as sent, in the order sent. */
export interface SipMessage {
  readonly startLine: string;
  /** `INVITE`, or undefined for a response. */
  readonly method: string | undefined;
  /** 180, or undefined for a request. */
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Reads a datagram; undefined when it is no SIP message (keep-alives, RTP). RFC 3261 section 7. */
export function parseSipMessage(text: string): SipMessage | undefined {
  const end = text.indexOf("\r\n\r\n");
  const [startLine, ...lines] = (end < 0 ? text : text.slice(0, end)).split("\r\n");
  if (startLine === undefined) return undefined;
  const status = /^SIP\/2\.0 (\d{3})/.exec(startLine)?.[1];
  const method = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(startLine)?.[1];
  if (status === undefined && method === undefined) return undefined;
  const headers: [string, string][] = [];
  for (const line of lines) {
    const previous = headers.at(-1);
    const colon = line.indexOf(":");
    // A line that begins with white space continues the one before (section 7.3.1).
    if (/^[ \t]/.test(line) && previous) previous[1] += ` ${line.trim()}`;
    else if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return {
    startLine,
    method,
    status: status === undefined ? undefined : Number(status),
    headers,
    body: end < 0 ? "" : text.slice(end + 4),
  };
}

/** Every value of a header, whatever the letter case of its name. */
export const headerValues = (message: SipMessage, name: string): string[] =>
  message.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

import { skipSpace, tokenEnd } from "./grammar.ts";
import { parseParams, printParams, type Params } from "./params.ts";
import { hostText, parseHostPort } from "./host.ts";
import { SipParseError } from "./parse-error.ts";

/** RFC 3261 section 20.42. */
export interface Via {
  /** In upper case: `UDP`, `TCP`, `TLS`, `WS` …, also ones that we do not speak. */
  readonly protocol: string;
  /** IPv6 in brackets. */
  readonly host: string;
  readonly port?: number;
  /** `branch`, `received`, `rport`, `maddr`, `ttl` and others. */
  readonly params: Params;
}

/** `SLASH`, which spaces may surround. */
function slash(text: string, at: number): number {
  const next = skipSpace(text, at);
  if (text[next] !== "/") throw new SipParseError("a Via without a transport");
  return skipSpace(text, next + 1);
}

/** Reads one Via. Throws a SipParseError. */
export function parseVia(text: string): Via {
  const nameEnd = tokenEnd(text, 0);
  const versionStart = slash(text, nameEnd);
  const versionEnd = tokenEnd(text, versionStart);
  const protocolStart = slash(text, versionEnd);
  const protocolEnd = tokenEnd(text, protocolStart);
  // Another version must be readable, since it is to be answered: 505 goes the way that this Via shows.
  if (text.slice(0, nameEnd).toUpperCase() !== "SIP" || versionEnd === versionStart) {
    throw new SipParseError("a Via of another protocol");
  }
  const sentBy = skipSpace(text, protocolEnd);
  if (protocolEnd === protocolStart || sentBy === protocolEnd)
    throw new SipParseError("a Via without a host");
  const semicolon = text.indexOf(";", sentBy);
  const end = semicolon < 0 ? text.length : semicolon;
  const { host, port } = parseHostPort(text.slice(sentBy, end).trimEnd());
  return {
    protocol: text.slice(protocolStart, protocolEnd).toUpperCase(),
    host,
    ...(port === undefined ? {} : { port }),
    params: parseParams(text, end),
  };
}

export function printVia(via: Via): string {
  const port = via.port === undefined ? "" : `:${via.port}`;
  return `SIP/2.0/${via.protocol} ${hostText(via.host)}${port}${printParams(via.params)}`;
}

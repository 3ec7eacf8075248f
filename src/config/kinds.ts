import { isIP, isIPv4 } from "node:net";
import { isRange } from "../base/index.ts";
import type { PortRange, SwitchAddress } from "./model.ts";

/** How the text of a key is read. */
export interface Kind<Value> {
  /** What is allowed, in words that end an error message. */
  readonly allowed: string;
  /** Undefined: not allowed. */
  parse(text: string): Value | undefined;
  /** Why a text that `parse` refuses is not allowed, where there is more to say than `allowed`. */
  explain?(text: string): string | undefined;
  /** Whether the file may give it as a list; its items are read as if separated by commas. */
  readonly list?: true;
  /** Whether the file may give it as lists and mappings of texts; they are read as if written in JSON. */
  readonly json?: true;
}

/** A host may be left out: `:5066`. */
export interface PartialHostPort {
  readonly host: string | null;
  readonly port: number;
}

const hostPortForm = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]@/]*)):([0-9]{1,5})$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** RFC 1123 section 2.1: labels of letters, digits and hyphens, the last one not a number. */
function isHostname(text: string): boolean {
  const labels = text.split(".");
  return text.length <= 253 && labels.every((one) => label.test(one)) && /[a-z]/i.test(labels.at(-1) ?? "");
}

const isHost = (text: string): boolean => isIP(text) !== 0 || isHostname(text);

function portOf(text: string, lowest: number): number | undefined {
  const port = Number(text);
  return port >= lowest && port <= 65_535 ? port : undefined;
}

function parseHostPort(text: string, lowestPort: number): PartialHostPort | undefined {
  const match = hostPortForm.exec(text);
  const port = portOf(match?.[3] ?? "", lowestPort);
  if (!match || port === undefined) return undefined;
  const bracketed = match[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined;
  const host = match[2] ?? "";
  if (host === "") return { host: null, port };
  return isHost(host) ? { host, port } : undefined;
}

/** Where a server of ours listens. */
export const listenAddress: Kind<PartialHostPort> = {
  allowed: "HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080; port 0 takes any free one",
  parse: (text) => parseHostPort(text, 0),
};

/** Where our user agent or FreeSWITCH's profile listens: an address that goes into Contact and SDP. */
export const sipAddress: Kind<PartialHostPort> = {
  allowed:
    "ADDRESS:PORT with an IPv4 address that others can reach (not 0.0.0.0), such as 192.0.2.10:5060, or :5060",
  parse(text) {
    const found = parseHostPort(text, 1);
    if (!found || found.host === null) return found;
    return isIPv4(found.host) && found.host !== "0.0.0.0" ? found : undefined;
  },
};

/** What we announce of ourselves in SDP and as an ICE candidate. */
export const publicAddress: Kind<string> = {
  allowed: "an IPv4 address that browsers and the switch can reach (not 0.0.0.0), such as 192.0.2.10",
  parse: (text) => (isIPv4(text) && text !== "0.0.0.0" ? text : undefined),
};

export const portRange: Kind<PortRange> = {
  allowed: "FIRST-LAST, such as 16384-32768: ports from 1024 to 65535, at least ten of them",
  parse(text) {
    const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(text);
    const from = portOf(match?.[1] ?? "", 1024);
    const to = portOf(match?.[2] ?? "", 1024);
    return from !== undefined && to !== undefined && to - from >= 9 ? { from, to } : undefined;
  },
};

export const path: Kind<string> = {
  allowed: "a path without control characters",
  // oxlint-disable-next-line no-control-regex -- these are what must not be in it
  parse: (text) => (/^[^\u0000-\u001F\u007F]{1,4096}$/.test(text) ? text : undefined),
};

/** `:memory:`, or a path. */
export const database: Kind<string> = {
  allowed: "sqlite:PATH, such as sqlite:data/patchcord.db",
  parse: (text) => (text.startsWith("sqlite:") ? path.parse(text.slice("sqlite:".length)) : undefined),
  explain: (text) =>
    /^postgres(?:ql)?:/i.test(text)
      ? "this version does not have PostgreSQL yet; use sqlite:PATH"
      : undefined,
};

/** RFC 6750 section 2.1, b64token. */
export const bearerToken: Kind<string> = {
  allowed: "16 to 512 letters, digits and . _ ~ + / -, with = only at the end",
  parse: (text) => (/^(?=.{16,512}$)[A-Za-z0-9._~+/-]+=*$/.test(text) ? text : undefined),
};

/** Both travel through FreeSWITCH's preprocessor and an XML attribute; these characters mean nothing to either. */
export const basicCredentials: Kind<{ user: string; password: string }> = {
  allowed: "USER:PASSWORD of letters, digits and . _ ~ -, the password at least 8 long",
  parse(text) {
    const match = /^([A-Za-z0-9._~-]{1,64}):([A-Za-z0-9._~-]{8,256})$/.exec(text);
    return match?.[1] !== undefined && match[2] !== undefined
      ? { user: match[1], password: match[2] }
      : undefined;
  },
};

export const domain: Kind<string> = {
  allowed: "a host name or an IPv4 address, such as sip.example.org",
  parse: (text) => (isHostname(text) || isIPv4(text) ? text.toLowerCase() : undefined),
};

export const addressRanges: Kind<readonly string[]> = {
  allowed:
    "addresses or CIDR ranges separated by commas, such as 127.0.0.0/8,::1; 0.0.0.0/0,::/0 admits everyone",
  list: true,
  parse(text) {
    const ranges = text.split(",").map((one) => one.trim());
    return ranges.every(isRange) ? ranges : undefined;
  },
};

export const extensionNumber: Kind<string> = {
  allowed: "2 to 15 digits, the first one not 0",
  parse: (text) => (/^[1-9][0-9]{1,14}$/.test(text) ? text : undefined),
};

/**
 * Extensions, ranges and patterns, as in `1005;10[06-19];1100-1199`; nothing at all: no rule. What each item stands
 * for is core/routing's to say.
 */
export const dialRule: Kind<string> = {
  allowed:
    "extensions, ranges and patterns separated by semicolons, such as 1005;10[06-19];1100-1199, at most 1000 characters",
  parse(text) {
    const compact = text.replaceAll(" ", "");
    const item = /^(?:[0-9]+(?:-[0-9]+)?|[0-9]*\[[0-9]+-[0-9]+\][0-9]*)$/;
    if (compact === "") return "";
    return compact.length <= 1000 && compact.split(";").every((one) => item.test(one)) ? compact : undefined;
  },
};

export const wholeNumber = (from: number, to: number): Kind<number> => ({
  allowed: `a whole number from ${from} to ${to}`,
  parse(text) {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= from && value <= to ? value : undefined;
  },
});

export const oneOf = (words: readonly string[]): Kind<string> => ({
  allowed: `one of ${words.join(", ")}`,
  parse: (text) => (words.includes(text) ? text : undefined),
});

const switchForm = /^esl:\/\/([^:@/?#\s]*):([^:@/?#\s]+)@([^@/?#\s]+?)\/?$/;
const eventSocketPort = "8021";

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A line of the event socket ends at CR or LF: neither may be in a password. */
function parseSwitch(text: string): SwitchAddress | undefined {
  const match = switchForm.exec(text);
  const place = match?.[3] ?? "";
  const at = parseHostPort(
    /:[0-9]+$/.test(place) && !/^\[[^\]]*$/.test(place) ? place : `${place}:${eventSocketPort}`,
    1,
  );
  const password = decode(match?.[2] ?? "");
  if (match?.[1] !== "" || !at || at.host === null || password === undefined) return undefined;
  return /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(password) ? { host: at.host, port: at.port, password } : undefined;
}

export const switches: Kind<readonly SwitchAddress[]> = {
  allowed:
    "esl://:PASSWORD@HOST:PORT, several separated by commas, each HOST:PORT once; percent-encode @ : / ? # % , in passwords",
  list: true,
  parse(text) {
    const found = text.split(",").map((one) => parseSwitch(one.trim()));
    const known = found.filter((one) => one !== undefined);
    const places = new Set(known.map(({ host, port }) => `${host.toLowerCase()}:${port}`));
    return places.size === found.length ? known : undefined;
  },
  explain: (text) =>
    text.split(",").some((one) => one.trim() === "practice")
      ? "this version does not have the practice switch yet; give esl://:PASSWORD@HOST:PORT"
      : undefined,
};

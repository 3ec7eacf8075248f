import { isIP } from "node:net";
import { isRange } from "../base/index.ts";
import { ConfigError, quoted } from "./errors.ts";
import { listenAddress } from "./kinds.ts";
import type { Config, SwitchAddress } from "./model.ts";

/** What `patchcord conf` may be told of the switch-to-be. */
export interface SwitchWishes {
  /** HOST:PORT its event socket shall listen on; 127.0.0.1:8021 otherwise. */
  readonly eventSocket?: string;
  /** Where it finds our /xml_curl; what `http` says otherwise. */
  readonly url?: string;
  /** CIDR ranges that may use the event socket, besides loopback. */
  readonly allow: readonly string[];
}

export interface SwitchPlan {
  readonly xmlCurlUrl: string;
  readonly eventSocket: SwitchAddress;
  readonly allow: readonly string[];
}

type Family = 4 | 6;

const loopback: Readonly<Record<Family, string>> = { 4: "127.0.0.0/8", 6: "::1/128" };

const familyOf = (address: string): Family => (address.includes(":") ? 6 : 4);

function eventSocketOf(text: string): { host: string; port: number } {
  const { host, port } = listenAddress.parse(text) ?? { host: "", port: 0 };
  const address = host ?? "127.0.0.1";
  if (port === 0 || isIP(address) === 0 || ["0.0.0.0", "::"].includes(address)) {
    throw new ConfigError(
      `--event-socket is ${quoted(text)}; allowed is ADDRESS:PORT, the address that Patchcord can reach the switch at, such as 127.0.0.1:8021`,
    );
  }
  return { host: address, port };
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // FreeSWITCH's preprocessor reads $ and quotes wherever they stand (switch_xml.c, expand_vars).
  if (
    !url ||
    !["http:", "https:"].includes(url.protocol) ||
    url.username !== "" ||
    /["'<>$\s\\]/.test(text)
  ) {
    throw new ConfigError(
      `--url is ${quoted(text)}; allowed is a URL such as http://192.0.2.1:8080/xml_curl, without credentials`,
    );
  }
  return url.pathname === "/" ? new URL("/xml_curl", url).href : url.href;
}

function defaultUrl({ host, port }: Config["http"]): string {
  const wildcard = host === "0.0.0.0" || host === "::";
  if (port === 0)
    throw new ConfigError(
      "PATCHCORD_HTTP (http) has port 0: say with --url where the switch finds Patchcord",
    );
  const name = wildcard ? "127.0.0.1" : isIP(host) === 6 ? `[${host}]` : host;
  return `http://${name}:${port}/xml_curl`;
}

/**
 * FreeSWITCH tells a range from a list's name by the slash. Ranges of the other family must not stand in the list: it
 * compares an address with the first bytes of any range, so that 127.0.0.0/8 admits IPv6 addresses with 7f as
 * their fourth byte (switch_core.c, switch_check_network_list_ip_port_token).
 */
function allowList(host: string, allow: readonly string[]): string[] {
  const family = familyOf(host);
  const strange = allow.find((range) => !isRange(range));
  if (strange !== undefined) {
    throw new ConfigError(
      `--allow is ${quoted(strange)}; allowed is an address or a CIDR range, such as 192.0.2.0/24`,
    );
  }
  const foreign = allow.find((range) => familyOf(range) !== family);
  if (foreign !== undefined) {
    throw new ConfigError(
      `--allow is ${quoted(foreign)}, but nobody reaches an event socket at the IPv${family} address ${host} from there; allowed are IPv${family} ranges`,
    );
  }
  const longest = family === 6 ? 128 : 32;
  return [loopback[family], ...allow.map((range) => (range.includes("/") ? range : `${range}/${longest}`))];
}

/** Fills in what was not said. Throws ConfigError. */
export function planSwitch(config: Config, { eventSocket, url, allow }: SwitchWishes): SwitchPlan {
  const address = eventSocketOf(eventSocket ?? "127.0.0.1:8021");
  const list = allowList(address.host, allow);
  if (!/^(127\.|::1$)/.test(address.host) && allow.length === 0) {
    throw new ConfigError(
      `the event socket at ${address.host}:${address.port} is not on loopback: say with --allow from which address Patchcord connects`,
    );
  }
  return {
    xmlCurlUrl: url === undefined ? defaultUrl(config.http) : urlOf(url),
    eventSocket: { ...address, password: config.eventSocketPassword },
    allow: list,
  };
}

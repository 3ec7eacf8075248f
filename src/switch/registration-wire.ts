import type { Departure, Registration } from "../core/registrations/index.ts";
import type { EventHeaders } from "../protocol/esl/index.ts";

/** What a `sofia::*` event says of who is registered. */
export type RegistrationChange =
  | { readonly kind: "online"; readonly registration: Registration }
  | { readonly kind: "offline"; readonly departure: Departure; readonly reason: string };

const transports = /\b(udp|tcp|tls|wss|ws)\b/i;

/** `Registered(WSS-NAT)` knows best (sofia_reg.c); its `AUTO-NAT` does not name one, then the contact does. */
function transportOf(status: string, contact: string): string {
  const named = transports.exec(status) ?? transports.exec(/;transport=(\w+)/i.exec(contact)?.[1] ?? "");
  return named?.[1]?.toLowerCase() ?? "udp";
}

/** `"Name" <sip:1001@192.0.2.7:5060;fs_nat=yes>` → the URI. */
const uriOf = (contact: string): string => /<([^>]*)>/.exec(contact)?.[1] ?? contact;

const number = (text: string | undefined): number => {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
};

function onlineOf(headers: EventHeaders, node: string, now: number): RegistrationChange | undefined {
  const user = headers["from-user"];
  const domain = headers["from-host"];
  const contact = headers["contact"] ?? "";
  if (!user || !domain) return undefined;
  const registration: Registration = {
    user,
    domain,
    contact: uriOf(contact),
    networkIp: headers["network-ip"] ?? "",
    networkPort: number(headers["network-port"]),
    transport: transportOf(headers["status"] ?? "", contact),
    userAgent: headers["user-agent"] ?? "",
    expiresAt: now + number(headers["expires"]) * 1000,
    node,
    callId: headers["call-id"] ?? "",
  };
  return { kind: "online", registration };
}

function offlineOf(
  [user, domain]: readonly (string | undefined)[],
  headers: EventHeaders,
  node: string,
  reason: string,
): RegistrationChange | undefined {
  if (!user || !domain) return undefined;
  const callId = headers["call-id"];
  return { kind: "offline", departure: { user, domain, node, ...(callId ? { callId } : {}) }, reason };
}

/**
 * Reads sofia::register, ::unregister and ::expire (sofia_reg.c, sofia.c); undefined for any other event. `now` is the
 * event's time in milliseconds.
 */
export function registrationChange(
  headers: EventHeaders,
  node: string,
  now: number,
): RegistrationChange | undefined {
  switch (headers["Event-Subclass"]) {
    case "sofia::register":
      return onlineOf(headers, node, now);
    case "sofia::unregister": {
      const reason = headers["reason"] ?? "unregistered";
      return offlineOf([headers["from-user"], headers["from-host"]], headers, node, reason);
    }
    case "sofia::expire":
      return offlineOf([headers["user"], headers["host"]], headers, node, "expired");
    case undefined:
    default:
      return undefined;
  }
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const decode = (text: string): string =>
  text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");

/**
 * Reads `sofia xmlstatus profile X reg`. mod_sofia writes one element a line and escapes only contact and agent (a
 * Call-ID may hold `<`), so it is read by line, not as XML. `Invalid Profile!` and the like are no registrations.
 */
export function parseRegistrations(output: string, node: string, now: number): Registration[] {
  const found: Registration[] = [];
  let fields = new Map<string, string>();
  for (const line of output.split("\n")) {
    const text = line.trim();
    if (text === "<registration>") fields = new Map();
    else if (text === "</registration>") {
      const registration = registrationOf(fields, node, now);
      if (registration) found.push(registration);
    } else {
      const element = /^<([a-z-]+)>(.*)<\/\1>$/.exec(text);
      if (element?.[1] !== undefined) fields.set(element[1], element[2] ?? "");
    }
  }
  return found;
}

function registrationOf(
  fields: ReadonlyMap<string, string>,
  node: string,
  now: number,
): Registration | undefined {
  const address = fields.get("user") ?? "";
  const at = address.lastIndexOf("@");
  if (at <= 0) return undefined;
  const contact = decode(fields.get("contact") ?? "");
  const status = fields.get("status") ?? "";
  return {
    user: address.slice(0, at),
    domain: address.slice(at + 1),
    contact: uriOf(contact),
    networkIp: fields.get("network-ip") ?? "",
    networkPort: number(fields.get("network-port")),
    transport: transportOf(status, contact),
    userAgent: decode(fields.get("agent") ?? ""),
    expiresAt: now + number(/expsecs\((-?\d+)\)/.exec(status)?.[1]) * 1000,
    node,
    callId: fields.get("call-id") ?? "",
  };
}

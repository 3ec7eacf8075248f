import { referenceHeader, referenceVariable } from "../../core/calls/index.ts";
import { forgedIn } from "../../dialplan/index.ts";
import type { Form } from "./form.ts";

/** What FreeSWITCH asks. `kind` is one of a small fixed set: it names the look-up in logs and metrics. */
export type XmlCurlRequest =
  | { readonly kind: DirectoryUserKind; readonly ask: "user"; readonly user: string; readonly domain: string }
  | {
      readonly kind: "directory.group_call";
      readonly ask: "group";
      readonly group: string;
      readonly domain: string;
    }
  | {
      readonly kind: "directory.domain" | "directory.network-list";
      readonly ask: "domain";
      readonly domain: string;
    }
  | { readonly kind: "directory.gateways"; readonly ask: "gateways" }
  | {
      readonly kind: "dialplan";
      readonly ask: "route";
      readonly context: string;
      readonly dialled: string;
      /** The channel that is asked for; null if it is not told. */
      readonly uuid: string | null;
      /** Seen from the switch. */
      readonly direction: "inbound" | "outbound";
      /** The authenticated extension that calls; null for a callee's leg. */
      readonly user: string | null;
      /** What may prove that the channel is a web user's. */
      readonly reference: ShownReference | null;
      /** Channel variables that the caller's headers may have forged. */
      readonly forged: readonly string[];
    }
  | { readonly kind: "configuration"; readonly ask: "configuration"; readonly name: string }
  | { readonly kind: "chatplan"; readonly ask: "chatplan" }
  | { readonly kind: "languages" | "phrases" | "other"; readonly ask: "nothing" };

export interface ShownReference {
  readonly value: string;
  /** Whether an earlier route of the same channel took it down, rather than a header told it. */
  readonly kept: boolean;
}

export type DirectoryUserKind = `directory.${(typeof userActions)[number] | "user"}`;

/** `action` of look-ups of one user, as the modules name them; any other counts as `directory.user`. */
const userActions = [
  "sip_auth",
  "user_call",
  "group_call",
  "message-count",
  "voicemail-lookup",
  "event_socket_auth",
  "reverse-auth-lookup",
] as const;

export type LookupKind = XmlCurlRequest["kind"];

type Read = (...names: readonly string[]) => string;

/** The first of the names that has a value; empty: none. Any field may be missing in some look-up. */
const reader =
  (form: Form): Read =>
  (...names) => {
    for (const name of names) {
      const value = form.get(name);
      if (value !== undefined && value !== "") return value;
    }
    return "";
  };

function directoryRequest(read: Read): XmlCurlRequest {
  const purpose = read("purpose");
  if (purpose === "gateways") return { kind: "directory.gateways", ask: "gateways" };
  const domain = read("domain") || (read("tag_name") === "domain" ? read("key_value") : "");
  if (purpose === "network-list") return { kind: "directory.network-list", ask: "domain", domain };
  const action = read("action");
  const user = read("user");
  const group = read("group", "group_name");
  if (user === "" && group !== "") return { kind: "directory.group_call", ask: "group", group, domain };
  if (user === "") return { kind: "directory.domain", ask: "domain", domain };
  return {
    kind: `directory.${userActions.find((known) => known === action) ?? "user"}`,
    ask: "user",
    user,
    domain,
  };
}

const variablePrefix = "variable_";

function* variableNames(form: Form): Generator<string> {
  for (const name of form.keys())
    if (name.startsWith(variablePrefix)) yield name.slice(variablePrefix.length);
}

/** mod_sofia keeps a header's letter case: ours is as our user agent writes it. */
function shownReference(read: Read): ShownReference | null {
  const kept = read(`variable_${referenceVariable}`);
  if (kept !== "") return { value: kept, kept: true };
  const value = read(`variable_sip_h_${referenceHeader}`);
  return value === "" ? null : { value, kept: false };
}

/** `Hunt-*` is what is looked for; `Caller-*` may be of an earlier turn of the call (mod_dialplan_xml.c). */
const routeRequest = (form: Form, read: Read): XmlCurlRequest => ({
  kind: "dialplan",
  ask: "route",
  context: read("Hunt-Context", "Caller-Context"),
  dialled: read("Hunt-Destination-Number", "Caller-Destination-Number"),
  uuid: read("Unique-ID", "Caller-Unique-ID", "Hunt-Unique-ID") || null,
  direction: read("Call-Direction", "Caller-Direction") === "outbound" ? "outbound" : "inbound",
  user: read("variable_user_name") || null,
  reference: shownReference(read),
  forged: forgedIn(variableNames(form)),
});

/** Reads any form as a request; what FreeSWITCH never asks is `other`. Pure, never throws. */
export function parseRequest(form: Form): XmlCurlRequest {
  const read = reader(form);
  switch (read("section")) {
    case "directory":
      return directoryRequest(read);
    case "dialplan":
      return routeRequest(form, read);
    case "configuration":
      return { kind: "configuration", ask: "configuration", name: read("key_value") };
    case "chatplan":
      return { kind: "chatplan", ask: "chatplan" };
    case "languages":
      return { kind: "languages", ask: "nothing" };
    case "phrases":
      return { kind: "phrases", ask: "nothing" };
    default:
      return { kind: "other", ask: "nothing" };
  }
}

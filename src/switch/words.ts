import type { CloseReason } from "../protocol/esl/index.ts";

const closed: Readonly<Record<CloseReason["kind"], (at: string, detail: string) => string>> = {
  unreachable: (at, detail) =>
    `The event socket at ${at} cannot be reached (${detail}): start FreeSWITCH there, or correct PATCHCORD_SWITCHES.`,
  "access-refused": (at, detail) =>
    `The event socket at ${at} keeps this machine's address out by its ACL (${detail}): allow the address with apply-inbound-acl in the switch's event_socket.conf.xml.`,
  "password-refused": (at) =>
    `The event socket at ${at} refused the password: put the one of the switch's event_socket.conf.xml into PATCHCORD_SWITCHES (esl://:PASSWORD@${at}).`,
  "disconnect-notice": (at, detail) =>
    `The switch at ${at} ended the connection (${detail}), as it does when it shuts down: start it again if it is meant to run.`,
  lost: (at, detail) =>
    `The connection to the switch at ${at} broke (${detail}): Patchcord reconnects by itself.`,
  protocol: (at, detail) =>
    `What answers at ${at} does not speak the event socket's protocol (${detail}): correct the port in PATCHCORD_SWITCHES.`,
  stalled: (at) =>
    `The switch at ${at} reads none of our commands: Patchcord gave the connection up and reconnects by itself.`,
  requested: (at, detail) =>
    `Patchcord gave up the connection to the switch at ${at} (${detail}) and reconnects by itself.`,
};

/** Why a switch is not connected, and what to do about it: `lastError` of its node. */
export const explainClose = ({ kind, detail }: CloseReason, at: string): string => closed[kind](at, detail);

/** What `xml_locate` brought back when the switch was asked for the configuration that only we serve. */
export type Binding = "ours" | "another's" | "none";

const remedy =
  "run `npx patchcord conf DIR` (again, if PATCHCORD_HTTP or PATCHCORD_XML_CURL changed since), restart FreeSWITCH with `-conf DIR`, and make sure that it reaches PATCHCORD_HTTP. Until then nothing is changed on it.";

/** Why a switch is left alone; null when it is ours. */
export function explainBinding(binding: Binding, at: string): string | null {
  if (binding === "ours") return null;
  const asked = binding === "none" ? "does not ask this Patchcord" : "asks another Patchcord";
  return `The switch at ${at} ${asked} for its configuration: ${remedy}`;
}

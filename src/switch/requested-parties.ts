import type { Endpoint, OriginateRequest, Party, RequestedParties } from "../core/calls/index.ts";

/**
 * The two sides of a call that we ask for, as channel variables of its legs: a switch outlives us, and no other fact of
 * a leg tells them for good (a bridge overwrites whom it dialled, an application has no leg).
 *
 * ```
 * patchcord_from  NUMBER
 * patchcord_to    NUMBER | echo: | park: | conference:ROOM
 * ```
 */
export function partyVariables({ from, to }: Pick<OriginateRequest, "from" | "to">): Record<string, string> {
  return { patchcord_from: wordOf(from), patchcord_to: wordOf(to) };
}

/** Their names, as `export_vars` lists them. */
export const partyVariableNames = "patchcord_from,patchcord_to";

function wordOf(endpoint: Endpoint): string {
  if (endpoint.kind === "extension") return endpoint.number;
  if (endpoint.kind === "webUser") return `0${endpoint.number}`;
  return `${endpoint.app}:${endpoint.app === "conference" ? endpoint.room : ""}`;
}

const phone = /^[0-9*#+]{1,21}$/;
const application = /^(echo|park|conference):([A-Za-z0-9_-]{0,64})$/;

/** Undefined where the leg bears none, or none that are well-formed. Never throws. */
export function requestedParties(headers: Readonly<Record<string, string>>): RequestedParties | undefined {
  const from = phoneOf(headers["variable_patchcord_from"]);
  const word = headers["variable_patchcord_to"];
  const callee = phoneOf(word);
  const to = callee ?? applicationOf(word);
  return from && to && { from, to, awaitsCallee: callee !== undefined };
}

const phoneOf = (word: string | undefined): Party | undefined =>
  word !== undefined && phone.test(word) ? { number: word, name: "" } : undefined;

function applicationOf(word: string | undefined): Party | undefined {
  const [, name, number] = application.exec(word ?? "") ?? [];
  return name === undefined || number === undefined ? undefined : { number, name };
}

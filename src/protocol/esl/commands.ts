import { safeLine, safeWord } from "./text.ts";

/**
 * An api command of mod_commands or mod_sofia. `api` is answered on the spot, and holds up whatever is sent after it
 * on the connection; `bgapi` runs in a thread of its own and answers with a BACKGROUND_JOB event.
 */
export interface ApiCommand {
  readonly via: "api" | "bgapi";
  /** Name and arguments: one line. */
  readonly line: string;
  /** Whether it changes anything on the switch. */
  readonly mutating: boolean;
}

const ask = (line: string): ApiCommand => ({ via: "api", line: safeLine(line), mutating: false });
const askSlowly = (line: string): ApiCommand => ({ via: "bgapi", line: safeLine(line), mutating: false });
const order = (line: string): ApiCommand => ({ via: "bgapi", line: safeLine(line), mutating: true });

/**
 * Every api command that Patchcord sends. What can wait (for a phone, a lock, a module, our own HTTP server) goes by
 * bgapi. Each throws `unsafe-text` for an argument that could become more than one.
 */
export const commands = {
  /** Its value, or nothing; `core_uuid` names the process. */
  globalGetvar: (name: string) => ask(`global_getvar ${safeWord(name)}`),
  /** Any reply proves that the switch still serves this connection. */
  hostname: () => ask("hostname"),
  version: () => ask("version"),
  /** `true` or `false`. */
  uuidExists: (uuid: string) => ask(`uuid_exists ${safeWord(uuid)}`),
  /** The channel as a JSON event, or `-ERR No such channel!`. */
  uuidDump: (uuid: string) => ask(`uuid_dump ${safeWord(uuid)} json`),
  /** `{row_count, rows?: [{uuid,…}]}`; lags behind the events and may hold stale rows. */
  showChannels: () => askSlowly("show channels as json"),
  /** mod_sofia's own table, the one that calls are routed by; `Invalid Profile!` when there is no such profile. */
  sofiaRegistrations: (profile: string) => askSlowly(`sofia xmlstatus profile ${safeWord(profile)} reg`),
  /** Its header alone: nobody is called that. `Invalid Profile!` when there is none. */
  sofiaProfileExists: (profile: string) => askSlowly(`sofia xmlstatus profile ${safeWord(profile)} user -@-`),
  /** As an element, or `can't find anything`: asks every xml_curl binding. */
  xmlLocateConfiguration: (name: string) =>
    askSlowly(`xml_locate configuration configuration name ${safeWord(name)}`),
  /** `true` or `false`. */
  moduleExists: (module: string) => ask(`module_exists ${safeWord(module)}`),
  /** `true` once it has booted and takes calls. */
  readyCheck: () => ask("fsctl ready_check"),

  load: (module: string) => order(`load ${safeWord(module)}`),
  sofiaStart: (profile: string) => order(`sofia profile ${safeWord(profile)} start`),
  reloadAcl: () => order("reloadacl"),
  /** One user's directory cache; without arguments everybody's. */
  flushUser: (number: string, domain: string) =>
    order(`xml_flush_cache id ${safeWord(number)} ${safeWord(domain)}`),
  flushAll: () => order("xml_flush_cache"),

  /** `destination` is `&app(args)` or `NUMBER DIALPLAN CONTEXT`; both parts come from protocol/dialstring. */
  originate: (dialString: string, destination: string) => order(`originate ${dialString} ${destination}`),
  uuidKill: (uuid: string, cause: string) => order(`uuid_kill ${safeWord(uuid)} ${safeWord(cause)}`),
  uuidHold: (uuid: string) => order(`uuid_hold ${safeWord(uuid)}`),
  uuidUnhold: (uuid: string) => order(`uuid_hold off ${safeWord(uuid)}`),
  uuidTransfer: (uuid: string, to: string, context: string) =>
    order(`uuid_transfer ${safeWord(uuid)} ${safeWord(to)} XML ${safeWord(context)}`),
  uuidBridge: (uuid: string, other: string) => order(`uuid_bridge ${safeWord(uuid)} ${safeWord(other)}`),
  uuidPark: (uuid: string) => order(`uuid_park ${safeWord(uuid)}`),
  uuidSendDtmf: (uuid: string, digits: string) =>
    order(`uuid_send_dtmf ${safeWord(uuid)} ${safeWord(digits)}`),
} as const;

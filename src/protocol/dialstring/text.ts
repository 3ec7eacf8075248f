import { Failure } from "../../base/index.ts";

/** C0, DEL and C1: a CR or LF starts a new command on the event socket, 1 and 2 are marks of FreeSWITCH's own. */
const control = /\p{Cc}/u;
const variableName = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;
/** A host name or an IPv4 address, RFC 1123 section 2.1. */
const domainForm =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const userForm = /^[0-9]{1,20}$/;

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

const isVariableName = (name: string): boolean => variableName.test(name);

const isDomain = (text: string): boolean => domainForm.test(text);

/** Throws `unsafe-text` unless `name` is `[A-Za-z_][A-Za-z0-9_-]*`, at most 128 characters. */
export function checkVariableName(name: string): string {
  if (isVariableName(name)) return name;
  throw new Failure(
    "unsafe-text",
    `${shown(name)} is not a channel variable's name; use letters, digits, _ and -, the first one no digit and no -`,
  );
}

/**
 * Throws `unsafe-text` on control characters, which no wire towards the switch carries unharmed. `what` names the
 * text in the failure.
 */
export function checkText(text: string, what: string): string {
  if (!control.test(text)) return text;
  throw new Failure("unsafe-text", `${what} holds control characters such as a line break; remove them`);
}

/**
 * A text that an application's data may hold as it is. FreeSWITCH evaluates `${…}` in it (api calls included) and
 * drops backslashes, `set` even twice (switch_channel_expand_variables_check), and no escape survives every path:
 * such a text is refused. Throws `unsafe-text`.
 */
export function checkLiteral(text: string, what: string): string {
  checkText(text, what);
  if (!text.includes("\\") && !/\$+\{/.test(text)) return text;
  throw new Failure(
    "unsafe-text",
    `${what} is ${shown(text)}; \${ and \\ would be evaluated by the switch: remove them`,
  );
}

/** `user/NUMBER@DOMAIN`, a target that mod_dptools looks up in the directory. Throws `invalid-number` or `unsafe-text`. */
export function userTarget(number: string, domain: string): string {
  if (!userForm.test(number)) {
    throw new Failure("invalid-number", `${shown(number)} cannot be dialled; 1 to 20 digits`);
  }
  if (!isDomain(domain)) throw new Failure("unsafe-text", `${shown(domain)} is not a domain name`);
  return `user/${number}@${domain}`;
}

/**
 * A caller's name as the value of `effective_caller_id_name` or `origination_caller_id_name`, so that the called
 * phone shows it. mod_sofia puts it between quotes unescaped: a `"` tears the From header, a `\` at the end fails the
 * call. It cuts names at `/ : @` (switch_sanitize_number), and decodes `%` afterwards (sofia_glue_do_invite): a `${`,
 * which applications would evaluate, goes the same way.
 */
export const callerName = (name: string): string =>
  name
    .replaceAll('"', "'")
    .replaceAll("\\", "/")
    .replaceAll(/[%/:@]|\$(?=\$*\{)/g, encodeURIComponent);

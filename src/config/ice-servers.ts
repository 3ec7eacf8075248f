import type { Kind } from "./kinds.ts";
import type { IceServerSetting } from "./model.ts";

const mostServers = 16;
// RFC 7064 section 3.1, RFC 7065 section 3.1.
const stunUrl = /^stuns?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?$/;
const turnUrl = /^turns?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:\?transport=(?:udp|tcp))?$/;
const known = new Set(["urls", "username", "credential", "secret"]);

const isText = (value: unknown): value is string =>
  typeof value === "string" && /^[^\p{Cc}\p{Cs}]{1,512}$/u.test(value);

function urlsOf(value: unknown): string[] | undefined {
  const urls: unknown[] = Array.isArray(value) ? value : [value];
  const texts = urls.filter(isText);
  return texts.length === urls.length && texts.length > 0 && texts.length <= 8 ? texts : undefined;
}

function serverOf(value: unknown): IceServerSetting | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const given = new Map<string, unknown>(Object.entries(value));
  const urls = urlsOf(given.get("urls"));
  if (!urls || [...given.keys()].some((name) => !known.has(name))) return undefined;
  const username = given.get("username");
  const credential = given.get("credential");
  const secret = given.get("secret");
  if (urls.every((url) => turnUrl.test(url))) {
    if (isText(secret))
      return username === undefined && credential === undefined ? { urls, secret } : undefined;
    return secret === undefined && isText(username) && isText(credential)
      ? { urls, username, credential }
      : undefined;
  }
  // Nothing but `urls`: a STUN server asks for no credentials.
  return given.size === 1 && urls.every((url) => stunUrl.test(url)) ? { urls } : undefined;
}

/** What browsers are told to gather candidates with; JSON, since it is made of mappings. */
export const iceServers: Kind<readonly IceServerSetting[]> = {
  allowed:
    'a list of mappings: {"urls":["stun:HOST:PORT"]}, or {"urls":["turn:HOST:PORT?transport=udp"]} (turns: too) with "secret", or with "username" and "credential"; in the environment as JSON',
  json: true,
  parse(text) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (!Array.isArray(value) || value.length > mostServers) return undefined;
    const servers = value.map(serverOf).filter((one) => one !== undefined);
    return servers.length === value.length ? servers : undefined;
  },
};

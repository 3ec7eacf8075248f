import { isIP } from "node:net";
import { resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { ConfigError } from "./errors.ts";
import { keys } from "./keys.ts";
import { readSecret, secretFiles } from "./secrets.ts";
import { readSettings } from "./settings.ts";

/** Where the command line finds the server. */
interface ServerAccess {
  /** Without a slash at its end. */
  readonly url: string;
  /** Null: none is given, and the data directory holds none. */
  readonly token: string | null;
  /** The data directory that was looked in. */
  readonly data: string;
}

/** A server that listens on every address is reached on loopback. */
function reachable(host: string | null): string {
  if (host === null || host === "0.0.0.0") return "127.0.0.1";
  if (isIP(host) === 6) return host === "::" ? "[::1]" : `[${host}]`;
  return host;
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new ConfigError(
      `PATCHCORD_URL is ${JSON.stringify(text)}; allowed is a URL such as http://127.0.0.1:8080`,
    );
  }
  return text.replace(/\/+$/, "");
}

/** `PATCHCORD_URL` and `PATCHCORD_TOKEN`, else what the server's own configuration and data directory say. Writes nothing. Throws ConfigError. */
export function findServer(environment: Environment): ServerAccess {
  const url = environment.env["PATCHCORD_URL"] ?? "";
  const token = environment.env["PATCHCORD_TOKEN"] ?? "";
  const settings = readSettings(environment);
  const data = resolve(environment.cwd, settings.get(keys.data));
  const http = settings.get(keys.http);
  return {
    url: url === "" ? `http://${reachable(http.host)}:${http.port}` : checkUrl(url),
    token:
      token === ""
        ? (settings.given(keys.adminToken) ?? readSecret(data, secretFiles.adminToken) ?? null)
        : token,
    data,
  };
}

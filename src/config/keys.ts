import { iceServers } from "./ice-servers.ts";
import {
  addressRanges,
  basicCredentials,
  bearerToken,
  database,
  dialRule,
  domain,
  extensionNumber,
  listenAddress,
  oneOf,
  path,
  portRange,
  publicAddress,
  sipAddress,
  switches,
  wholeNumber,
  type Kind,
} from "./kinds.ts";

export interface Key<Value> {
  /** In the file; the variable's name is made from it. */
  readonly name: string;
  readonly kind: Kind<Value>;
  /** Never shown; may also be given as the path of a file: `adminTokenFile`, `PATCHCORD_ADMIN_TOKEN_FILE`. */
  readonly secret: boolean;
}

/** A key with a default, as one would write it. */
export interface DefaultKey<Value> extends Key<Value> {
  readonly fallback: string;
}

const preset = <Value>(name: string, kind: Kind<Value>, fallback: string): DefaultKey<Value> => ({
  name,
  kind,
  fallback,
  secret: false,
});
const optional = <Value>(name: string, kind: Kind<Value>): Key<Value> => ({ name, kind, secret: false });
const secret = <Value>(name: string, kind: Kind<Value>): Key<Value> => ({ name, kind, secret: true });

/** Every key that has an effect; `sofia`, which is a mapping, is read apart. */
export const keys = {
  http: preset("http", listenAddress, "127.0.0.1:8080"),
  data: preset("data", path, "data"),
  database: optional("database", database),
  adminToken: secret("adminToken", bearerToken),
  switches: secret("switches", switches),
  domain: preset("domain", domain, "patchcord.local"),
  xmlCurl: secret("xmlCurl", basicCredentials),
  xmlCurlAcl: preset("xmlCurlAcl", addressRanges, "127.0.0.0/8,::1/128"),
  apiAcl: optional("apiAcl", addressRanges),
  directoryCacheSeconds: preset("directoryCacheSeconds", wholeNumber(0, 86_400), "60"),
  switchSip: preset("switchSip", sipAddress, "127.0.0.1:5060"),
  switchWs: preset("switchWs", sipAddress, ":5066"),
  switchWss: preset("switchWss", sipAddress, ":7443"),
  switchRtpPorts: preset("switchRtpPorts", portRange, "16384-32768"),
  sip: preset("sip", sipAddress, "127.0.0.1:5090"),
  proxyAccount: preset("proxyAccount", extensionNumber, "1000"),
  ringSeconds: preset("ringSeconds", wholeNumber(1, 600), "30"),
  mediaTimeoutSeconds: preset("mediaTimeoutSeconds", wholeNumber(2, 3600), "15"),
  webDialRule: preset("webDialRule", dialRule, ""),
  publicIp: optional("publicIp", publicAddress),
  rtpPorts: preset("rtpPorts", portRange, "40000-49999"),
  iceServers: secret("iceServers", iceServers),
  log: preset("log", oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]), "info"),
  logFile: optional("logFile", path),
};

export const keyByName: ReadonlyMap<string, Key<unknown>> = new Map(
  Object.values<Key<unknown>>(keys).map((one) => [one.name, one]),
);

/** `xmlCurlAcl` → `PATCHCORD_XML_CURL_ACL`. */
export const variableOf = (name: string): string =>
  `PATCHCORD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Variables that the loader and the command line read themselves. */
export const ownVariables: readonly string[] = ["PATCHCORD_CONFIG", "PATCHCORD_URL", "PATCHCORD_TOKEN"];

/** Keys of the documented interface that this version has nothing behind; accepting them would be a lie. */
export const laterKeys: readonly string[] = [
  "bus",
  "graceSeconds",
  "pstnPrefix",
  "mediaWorkers",
  "tlsCert",
  "tlsKey",
];

export const keyByVariable: ReadonlyMap<string, Key<unknown>> = new Map(
  [...keyByName].map(([name, one]) => [variableOf(name), one]),
);

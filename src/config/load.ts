import { dirname, join, resolve } from "node:path";
import { ConfigError } from "./errors.ts";
import type { Environment } from "./environment.ts";
import { makeConfigured, makeDataDirectory } from "./files.ts";
import { keys, variableOf } from "./keys.ts";
import type { PartialHostPort } from "./kinds.ts";
import { readKnownSwitches } from "./known-switches.ts";
import type { Config, HostPort, PortRange } from "./model.ts";
import { ensureSecret, secretFiles } from "./secrets.ts";
import { readSettings, type Settings } from "./settings.ts";

const loopback = "127.0.0.1";

const withHost = ({ host, port }: PartialHostPort, otherwise: string): HostPort => ({
  host: host ?? otherwise,
  port,
});

/** Two listeners on one address and port: the second could never start. */
function refuseCollisions(addresses: Readonly<Record<string, HostPort>>): void {
  const seen = new Map<string, string>();
  for (const [name, { host, port }] of Object.entries(addresses)) {
    if (port === 0) continue;
    const place = `${host}:${port}`;
    const other = seen.get(place);
    if (other !== undefined) {
      throw new ConfigError(
        `${variableOf(name)} (${name}) is ${place}, which ${variableOf(other)} (${other}) has already; give one of them another port`,
      );
    }
    seen.set(place, name);
  }
}

/** FreeSWITCH and we take ports as each sees fit: on one address the ranges must not meet. */
function refuseSharedPorts(
  hosts: readonly (string | null)[],
  switchHost: string,
  ours: PortRange,
  theirs: PortRange,
): void {
  if (!hosts.includes(switchHost) || ours.from > theirs.to || theirs.from > ours.to) return;
  throw new ConfigError(
    `${variableOf("rtpPorts")} (rtpPorts) is ${ours.from}-${ours.to}, which overlaps ${variableOf("switchRtpPorts")} (switchRtpPorts) ${theirs.from}-${theirs.to} on ${switchHost}; give one of them other ports`,
  );
}

function databasePath(settings: Settings, data: string, cwd: string): string {
  const path = settings.given(keys.database);
  if (path === undefined) return join(data, "patchcord.db");
  return path === ":memory:" ? path : resolve(cwd, path);
}

/**
 * The configuration: defaults < `patchcord.yaml` (or `PATCHCORD_CONFIG`) < environment. Makes the data directory
 * and the secrets that nobody gave. Throws ConfigError, one line.
 */
export function loadConfig(environment: Environment): Config {
  const settings = readSettings(environment);
  const switchSip = withHost(settings.get(keys.switchSip), loopback);
  const addresses = {
    http: withHost(settings.get(keys.http), loopback),
    switchSip,
    // As FreeSWITCH does with a ws-binding that has no address: that of the profile.
    switchWs: withHost(settings.get(keys.switchWs), switchSip.host),
    switchWss: withHost(settings.get(keys.switchWss), switchSip.host),
    sip: withHost(settings.get(keys.sip), loopback),
  };
  refuseCollisions(addresses);
  const publicIp = settings.given(keys.publicIp) ?? null;
  const rtpPorts = settings.get(keys.rtpPorts);
  const switchRtpPorts = settings.get(keys.switchRtpPorts);
  refuseSharedPorts([addresses.sip.host, publicIp], switchSip.host, rtpPorts, switchRtpPorts);
  const data = resolve(environment.cwd, settings.get(keys.data));
  const path = databasePath(settings, data, environment.cwd);
  const logFileGiven = settings.given(keys.logFile);
  const logFile = logFileGiven === undefined ? undefined : resolve(environment.cwd, logFileGiven);

  const adminToken = settings.given(keys.adminToken);
  const xmlCurl = settings.given(keys.xmlCurl);
  const configured = {
    ...addresses,
    data,
    database: { kind: "sqlite" as const, path },
    switches: settings.given(keys.switches) ?? readKnownSwitches(data),
    domain: settings.get(keys.domain),
    xmlCurlAcl: settings.get(keys.xmlCurlAcl),
    apiAcl: settings.given(keys.apiAcl) ?? [],
    directoryCacheSeconds: settings.get(keys.directoryCacheSeconds),
    switchRtpPorts,
    sofiaInternal: settings.sofiaInternal,
    proxyAccount: settings.get(keys.proxyAccount),
    ringSeconds: settings.get(keys.ringSeconds),
    mediaTimeoutSeconds: settings.get(keys.mediaTimeoutSeconds),
    webDialRule: settings.get(keys.webDialRule),
    publicIp,
    rtpPorts,
    iceServers: settings.given(keys.iceServers) ?? [],
    log: {
      level: settings.get(keys.log),
      ...(logFile === undefined ? {} : { file: logFile }),
    },
  };

  if (logFile !== undefined) makeConfigured(dirname(logFile), "logFile (PATCHCORD_LOG_FILE)");
  // Only now that nothing can be refused any more: a token made by a start that fails is never shown.
  const dataIsNew = makeDataDirectory(data);
  const secret = (name: string): string => ensureSecret(data, name).value;
  const admin =
    adminToken === undefined
      ? ensureSecret(data, secretFiles.adminToken)
      : { value: adminToken, isNew: false };
  return {
    ...configured,
    dataIsNew,
    adminToken: admin.value,
    adminTokenIsNew: admin.isNew,
    xmlCurl: xmlCurl ?? { user: "fs", password: secret(secretFiles.xmlCurlPassword) },
    proxySecret: secret(secretFiles.proxySecret),
    eventSocketPassword: secret(secretFiles.eventSocketPassword),
  };
}

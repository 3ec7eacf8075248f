import type { Config } from "./model.ts";

const hidden = "(hidden)";

/** The configuration without its secrets, for a log line. */
export function redact(config: Config): Record<string, unknown> {
  return {
    ...config,
    adminToken: hidden,
    proxySecret: hidden,
    eventSocketPassword: hidden,
    xmlCurl: { ...config.xmlCurl, password: hidden },
    iceServers: config.iceServers.map(({ urls }) => ({ urls })),
    switches: config.switches.map((one) => ({ ...one, password: hidden })),
  };
}

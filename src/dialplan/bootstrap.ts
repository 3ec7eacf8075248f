import { element, pairs, writeXmlFile, type Element } from "../protocol/fsxml/index.ts";

/** What a switch must know before it can ask Patchcord anything. */
export interface Bootstrap {
  /** Where mod_xml_curl posts to. */
  readonly xmlCurlUrl: string;
  readonly xmlCurl: { readonly user: string; readonly password: string };
  readonly eventSocket: { readonly host: string; readonly port: number; readonly password: string };
  /** CIDR ranges that may use the event socket; at least one. */
  readonly allow: readonly string[];
}

const file = (name: string, description: string, children: readonly Element[]): string =>
  writeXmlFile(element("configuration", { name, description }, children));

/** mod_xml_curl has no timeout of its own, and does not verify a certificate unless told to (mod_xml_curl.c, do_config). */
function xmlCurlConf({ xmlCurlUrl, xmlCurl }: Bootstrap): string {
  const bindings = "configuration|directory|dialplan|phrases|languages|chatplan";
  return file("xml_curl.conf", "Patchcord", [
    element("bindings", {}, [
      element("binding", { name: "patchcord" }, [
        element("param", { name: "gateway-url", value: xmlCurlUrl, bindings }),
        ...pairs("param", {
          "gateway-credentials": `${xmlCurl.user}:${xmlCurl.password}`,
          "auth-scheme": "=basic",
          timeout: "5",
          ...(xmlCurlUrl.startsWith("https:")
            ? { "enable-cacert-check": "true", "enable-ssl-verifyhost": "true" }
            : {}),
        }),
      ]),
    ]),
  ]);
}

/**
 * The list is written out, not a name out of acl.conf: named lists come from Patchcord, and a switch booted while
 * it is away would then refuse the very event socket that could repair it.
 */
function eventSocketConf({ eventSocket, allow }: Bootstrap): string {
  const settings = pairs("param", {
    "nat-map": "false",
    "listen-ip": eventSocket.host,
    "listen-port": String(eventSocket.port),
    password: eventSocket.password,
    "apply-inbound-acl": allow.join(","),
    "stop-on-bind-error": "true",
  });
  return file("event_socket.conf", "Event socket", [element("settings", {}, settings)]);
}

/** The files that hold an installation's addresses and secrets, by their path in FreeSWITCH's configuration directory. */
export const bootstrapFiles = (bootstrap: Bootstrap): Readonly<Record<string, string>> => ({
  "autoload_configs/xml_curl.conf.xml": xmlCurlConf(bootstrap),
  "autoload_configs/event_socket.conf.xml": eventSocketConf(bootstrap),
});

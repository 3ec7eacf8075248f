import { configurationDocument, element, pairs, settings } from "../../protocol/fsxml/index.ts";
import { holdMusic } from "../media.ts";
import type { DocumentSettings } from "../settings.ts";
import { candidateList } from "./acl.ts";

const codecs = "OPUS,PCMU,PCMA";

/** Names as in mod_sofia's sofia.c, config_sofia; for 0.0.0.0 it takes the machine's own address. */
function profileParams({ domain, switchSip, switchWs, switchWss }: DocumentSettings): Record<string, string> {
  return {
    "sip-ip": switchSip.host,
    "sip-port": String(switchSip.port),
    "rtp-ip": switchSip.host,
    "ws-binding": `${switchWs.host}:${switchWs.port}`,
    "wss-binding": `${switchWss.host}:${switchWss.port}`,
    tls: "false",

    dialplan: "XML",
    context: "default",
    "auth-calls": "true",
    "auth-messages": "true",
    "auth-subscriptions": "true",
    "accept-blind-reg": "false",
    "accept-blind-auth": "false",
    // Or whoever has one password registers as everybody.
    "inbound-reg-force-matching-username": "true",
    "nonce-ttl": "60",

    // A phone configured with an address for a domain is in our domain all the same, as its password's hash is.
    "challenge-realm": domain,
    "force-register-domain": domain,
    "force-register-db-domain": domain,
    "force-subscription-domain": domain,
    "presence-hosts": domain,
    "manage-presence": "true",
    "multiple-registrations": "contact",
    "tcp-unreg-on-socket-close": "true",
    "apply-nat-acl": "nat.auto",
    "local-network-acl": "localnet.auto",
    "NDLB-force-rport": "safe",
    "nat-options-ping": "true",

    "enable-100rel": "true",
    "enable-timer": "true",
    "session-timeout": "1800",
    "minimum-session-expires": "120",
    "fire-transfer-events": "true",
    // A REFER that replaces a call nobody has makes the switch itself call any SIP address, with headers that the
    // phone chose: whom it calls instead stands in the static section "channels" of freeswitch-conf.
    "channel-xml-fetch-on-nightmare-transfer": "true",

    "inbound-codec-prefs": codecs,
    "outbound-codec-prefs": codecs,
    "inbound-codec-negotiation": "generous",
    "inbound-late-negotiation": "true",
    "apply-candidate-acl": candidateList,
    "rtp-timer-name": "soft",
    "rtcp-audio-interval-msec": "5000",
    "rfc2833-pt": "101",
    "hold-music": holdMusic,
  };
}

/** One profile, `internal`; there is none for IPv6. The answer to every look-up of sofia.conf, whatever it names. */
export const sofiaConfiguration = (given: DocumentSettings): string =>
  configurationDocument(
    "sofia.conf",
    element("global_settings", {}, pairs("param", { "log-level": "0", "debug-presence": "0" })),
    element("profiles", {}, [
      element("profile", { name: "internal" }, [
        // The domain names the profile wherever FreeSWITCH wants one, as in `*/1001@DOMAIN`.
        element("domains", {}, [element("domain", { name: given.domain, alias: "true", parse: "false" })]),
        settings({ ...profileParams(given), ...given.sofiaInternal }),
      ]),
    ]),
  );

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FreeSwitch, freeSwitchBinary } from "../../live/harness/freeswitch.ts";
import { freePort } from "../../live/harness/ports.ts";
import { reasonOf } from "../../../src/base/index.ts";
import { host, type Relayed } from "./messages.ts";
import type { Peer, Running } from "./peer.ts";
import { AnsweringPhone } from "./answering-phone.ts";
import { plainSdp, portOf, sdesOf, sdesSdp } from "./sdp.ts";

interface Timing {
  /** Of the profile. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Of both legs. */
  readonly variables: string;
}

/**
 * FreeSWITCH's own SRTP: it calls both ends and bridges SDES to RTP in the clear, without transcoding. `timing`: by
 * which clock its profile relays.
 */
const freeSwitchPeer = (name: string, timing: Timing): Peer => ({
  name,
  keying: "sdes",
  missing() {
    try {
      freeSwitchBinary();
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  },
  async start(calls): Promise<Running> {
    const home = mkdtempSync(join(tmpdir(), "patchcord-bench-"));
    const configuration = join(home, "conf");
    writeConfiguration(configuration, {
      calls,
      eventSocket: await freePort(),
      sip: await freePort(),
      timing,
    });
    const freeSwitch = new FreeSwitch(home, configuration);
    await freeSwitch.start();
    const phone = await AnsweringPhone.open();
    return {
      pid: Number(readFileSync(join(home, "run", "freeswitch.pid"), "utf8")),
      command: `${freeSwitchBinary()} -nf -nc -nonat -nonatmap -conf ${configuration}`,
      async relay(ends) {
        const relayed: Relayed[] = [];
        for (const [index, { plain, secure }] of ends.entries()) {
          if (!("sdes" in secure)) throw new Error("an end without a key");
          const key = secure.sdes;
          const [offers, offered] = [
            phone.expect(`secure-${index}`, (offer) => sdesSdp(key, offer)),
            phone.expect(`plain-${index}`, () => plainSdp(plain)),
          ];
          const bridged = await freeSwitch.api(
            `bgapi originate {rtp_secure_media=mandatory:AES_CM_128_HMAC_SHA1_80,absolute_codec_string=PCMU${timing.variables}}` +
              `sofia/bench/secure-${index}@${phone.address} ` +
              `&bridge({rtp_secure_media=forbidden,absolute_codec_string=PCMU${timing.variables}}sofia/bench/plain-${index}@${phone.address})`,
          );
          if (!bridged.includes("+OK")) throw new Error(`FreeSWITCH said ${bridged}`);
          relayed.push({ plain: portOf(await offered), secure: { sdes: sdesOf(await offers) } });
        }
        return relayed;
      },
      async stop() {
        phone.close();
        await freeSwitch.kill();
        rmSync(home, { recursive: true, force: true });
      },
    };
  },
});

/**
 * As it comes, and as our served profile has it: by its timer. But a generator that shares its processor is late now
 * and then, and what came late is to be relayed rather than flushed (switch_rtp.c: "hot" sockets).
 */
export const freeswitch = freeSwitchPeer("freeswitch", {
  parameters: { "rtp-timer-name": "soft" },
  variables: ",rtp_autoflush_during_bridge=false",
});

/** Its cheapest way to relay, which few turn on. */
export const freeswitchWithoutTimer = freeSwitchPeer("freeswitch-notimer", {
  parameters: { "rtp-timer-name": "soft", "rtp-notimer-during-bridge": "true" },
  variables: "",
});

const params = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `<param name="${name}" value="${value}"/>`)
    .join("");

function writeConfiguration(
  folder: string,
  o: { readonly calls: number; readonly eventSocket: number; readonly sip: number; readonly timing: Timing },
): void {
  mkdirSync(join(folder, "autoload_configs"), { recursive: true });
  const file = (name: string, body: string): void =>
    writeFileSync(
      join(folder, "autoload_configs", `${name}.conf.xml`),
      `<configuration name="${name}.conf" description="bench">${body}</configuration>\n`,
    );
  writeFileSync(
    join(folder, "freeswitch.xml"),
    `<?xml version="1.0"?>
<document type="freeswitch/xml">
  <section name="configuration" description="bench">
    <X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
  </section>
</document>
`,
  );
  const modules = ["mod_event_socket", "mod_commands", "mod_dptools", "mod_sofia"];
  file("modules", `<modules>${modules.map((name) => `<load module="${name}"/>`).join("")}</modules>`);
  file(
    "switch",
    `<settings>${params({
      "rtp-start-port": 16_384,
      "rtp-end-port": 16_384 + 8 * o.calls + 200,
      "max-sessions": 4 * o.calls,
      "sessions-per-second": 1000,
      loglevel: "warning",
    })}</settings>`,
  );
  file(
    "event_socket",
    `<settings>${params({ "listen-ip": host, "listen-port": o.eventSocket, password: "bench" })}</settings>`,
  );
  const profile = params({
    "sip-ip": host,
    "sip-port": o.sip,
    "rtp-ip": host,
    context: "bench",
    dialplan: "inline",
    "inbound-codec-prefs": "PCMU",
    "outbound-codec-prefs": "PCMU",
    ...o.timing.parameters,
  });
  file("sofia", `<profiles><profile name="bench"><settings>${profile}</settings></profile></profiles>`);
}

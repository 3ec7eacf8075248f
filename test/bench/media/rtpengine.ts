import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "../../live/harness/child.ts";
import { freePort } from "../../live/harness/ports.ts";
import { until } from "../../live/harness/until.ts";
import { programOnPath } from "./program.ts";
import { host, type Ends, type Relayed } from "./messages.ts";
import { ng } from "./ng.ts";
import type { Peer, Running } from "./peer.ts";
import { plainSdp, portOf, sdesOf, sdesSdp } from "./sdp.ts";

/** Debian's rtpengine-daemon in user space: no kernel table. */
export const rtpengine: Peer = {
  name: "rtpengine",
  keying: "sdes",
  missing: () => (programOnPath("rtpengine") ? null : "no rtpengine on the PATH (Debian: rtpengine-daemon)"),
  async start(calls): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), "patchcord-bench-"));
    const [port, cli] = [await freePort(), await freePort()];
    const args = [
      "--foreground",
      "--log-stderr",
      "--log-level=3",
      "--table=-1",
      `--interface=${host}`,
      `--listen-ng=${host}:${port}`,
      `--listen-cli=${host}:${cli}`,
      "--port-min=30000",
      `--port-max=${30_000 + 8 * calls + 100}`,
      `--pidfile=${join(folder, "pid")}`,
    ];
    const child = new Child("rtpengine", "rtpengine", args, { cwd: folder, log: join(folder, "log") });
    await until("rtpengine answers", async () => {
      if (!child.running) throw new Error(child.tail());
      return (await ng(port, { command: "ping" })).get("result") === "pong";
    });
    return {
      pid: child.pid,
      command: ["rtpengine", ...args].join(" "),
      async relay(ends) {
        const relayed: Relayed[] = [];
        for (const [index, end] of ends.entries()) relayed.push(await relayOne(port, `call-${index}`, end));
        return relayed;
      },
      async stop() {
        await child.stop("SIGTERM", 5);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

/** RTP/SAVP with a key offered, RTP/AVP made of it, and the answer the other way. */
async function relayOne(port: number, call: string, { plain, secure }: Ends): Promise<Relayed> {
  if (!("sdes" in secure)) throw new Error("an end without a key");
  const common = { "call-id": call, "from-tag": "secure", ICE: "remove", "rtcp-mux": ["demux"] };
  const offered = await ng(port, {
    command: "offer",
    ...common,
    "transport-protocol": "RTP/AVP",
    sdp: sdesSdp(secure.sdes),
  });
  const answered = await ng(port, { command: "answer", ...common, "to-tag": "plain", sdp: plainSdp(plain) });
  return {
    plain: portOf(offered.get("sdp") ?? ""),
    secure: { sdes: sdesOf(answered.get("sdp") ?? "") },
  };
}

import { join } from "node:path";
import { Child } from "./child.ts";
import { type Datagram, GrowingPcap } from "./pcap.ts";

/** tcpdump on loopback: a witness outside every process under test. */
export class Tcpdump {
  readonly #pcap: GrowingPcap;
  readonly #child: Child;

  private constructor(pcap: GrowingPcap, child: Child) {
    this.#pcap = pcap;
    this.#child = child;
  }

  /** Resolves once it listens. Needs the right to capture (root, or CAP_NET_RAW on tcpdump). */
  static async start(home: string, name: string, filter: string): Promise<Tcpdump> {
    const file = join(home, `${name}.pcap`);
    // Neither dropped privileges (the folder is ours alone) nor a wait for a full buffer.
    const args = ["-i", "lo", "-Z", "root", "--immediate-mode", "-U", "-n", "-w", file, filter];
    const child = new Child("tcpdump", "tcpdump", args, {
      cwd: home,
      log: join(home, `${name}.tcpdump.log`),
    });
    await child.prints(/listening on lo/, 10);
    return new Tcpdump(new GrowingPcap(file), child);
  }

  /** The UDP datagrams that were captured since the last call. */
  read(): Datagram[] {
    return this.#pcap.read();
  }

  async stop(): Promise<void> {
    await this.#child.stop("SIGINT");
  }
}

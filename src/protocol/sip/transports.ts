import type { Logger } from "../../base/index.ts";
import type { TransportEvents } from "./model.ts";
import { openTcp, type TcpTransport } from "./tcp.ts";
import { systemReason, type ListenOptions } from "./transport.ts";
import { openUdp, type UdpTransport } from "./udp.ts";

/** How often another port is asked of the system, when the one it gave for TCP is taken for UDP. */
const attempts = 20;

/** Both transports on one port, as a Contact without `transport` promises. Rejects as each does; nothing stays open. */
export async function openTransports(
  options: ListenOptions,
  events: TransportEvents,
  log: Logger,
): Promise<{ readonly UDP: UdpTransport; readonly TCP: TcpTransport }> {
  for (let attempt = 1; ; attempt += 1) {
    const tcp = await openTcp(options, events, log);
    try {
      const udp = await openUdp({ ...options, port: tcp.local.port }, events, log);
      return { UDP: udp, TCP: tcp };
    } catch (error) {
      await tcp.close();
      const taken = systemReason(error) === "EADDRINUSE";
      if (!taken || options.port !== 0 || attempt === attempts) throw error;
    }
  }
}

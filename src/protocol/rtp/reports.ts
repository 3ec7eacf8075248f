import { buildRtcp, type OwnRtcp, type RtcpPacket } from "./rtcp.ts";
import type { ReceivedStream, SentStream } from "./statistics.ts";

/**
 * The compound packet that is due now: SR if we sent since the last one, else RR; SDES with the CNAME (RFC 3550
 * section 6.1); BYE if this is the end.
 */
export function reportPacket(o: {
  readonly cname: string;
  readonly sent: SentStream;
  readonly received: ReceivedStream;
  readonly now: number;
  readonly bye?: boolean;
}): Uint8Array {
  const { sent } = o;
  const sender = sent.senderInfo(o.now);
  const block = o.received.report(o.now);
  const reports = block ? [block] : [];
  const packets: OwnRtcp[] = [
    sender
      ? { kind: "sender-report", ssrc: sent.ssrc, sender, reports }
      : { kind: "receiver-report", ssrc: sent.ssrc, reports },
    { kind: "source-description", chunks: [{ ssrc: sent.ssrc, cname: o.cname }] },
  ];
  if (o.bye) packets.push({ kind: "bye", ssrcs: [sent.ssrc] });
  return buildRtcp(packets);
}

/** Takes the peer's compound packet into the figures of both directions. */
export function takeReports(
  packets: readonly RtcpPacket[],
  { sent, received }: { readonly sent: SentStream; readonly received: ReceivedStream },
  now: number,
): void {
  for (const packet of packets) {
    if (packet.kind === "sender-report") received.senderReport(packet.ssrc, packet.sender, now);
    if (packet.kind === "sender-report" || packet.kind === "receiver-report") {
      for (const block of packet.reports) sent.reported(block, now);
    }
  }
}

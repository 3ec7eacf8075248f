/** werift as shipped, relaying to plain RTP: what an application writes that knows no better. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { MediaStreamTrack, RTCPeerConnection, usePCMU } from "werift";
import { host, type FromRelay, type ToRelay } from "./messages.ts";

const say = (message: FromRelay): void => {
  process.send?.(message);
};

async function relay({ offer, plain }: ToRelay["calls"][number]): Promise<{ answer: string; plain: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  const connection = new RTCPeerConnection({
    codecs: { audio: [usePCMU()] },
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [host],
    iceFilterCandidatePair: (pair) => pair.localCandidate.host === host && pair.remoteCandidate.host === host,
  });
  const transceiver = connection.addTransceiver(new MediaStreamTrack({ kind: "audio" }), {
    direction: "sendrecv",
  });
  connection.onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe((packet) => socket.send(packet.serialize(), plain, host));
  });
  socket.on("message", (packet) => void transceiver.sender.sendRtp(packet));
  await connection.setRemoteDescription({ type: "offer", sdp: offer });
  const answer = await connection.createAnswer();
  for (const transport of connection.iceTransports) {
    // An empty list of servers would still ask a public one.
    Object.assign(transport.connection, { stunServer: undefined });
  }
  await connection.setLocalDescription(answer);
  return { answer: connection.localDescription?.sdp ?? "", plain: socket.address().port };
}

// Sockets would keep it alive after the bench was killed.
process.once("disconnect", () => process.exit());
say({ type: "ready" });
const [{ calls }] = (await once(process, "message")) as [ToRelay];
try {
  const answers: { answer: string; plain: number }[] = [];
  for (const call of calls) answers.push(await relay(call));
  say({ type: "relaying", calls: answers });
} catch (error) {
  say({ type: "failed", reason: String(error) });
}

import type { Socket } from "node:dgram";
import { MediaStreamTrack, RTCPeerConnection, useAudioLevelIndication, usePCMU } from "werift";
import { kindOf, type SrtpKeys } from "../../../src/protocol/rtp/index.ts";
import { host } from "./messages.ts";

/** AES_CM_128_HMAC_SHA1_80 (RFC 5764 section 4.1.2). */
const aesCm80 = 1;

/**
 * The generator's stand-in for a browser: werift's ICE and DTLS, with the packets of media taken off its socket, so
 * that the generator's own cost is the same for every relay.
 */
export class BrowserEnd {
  /** What the offer announces; werift relays no other. */
  readonly ssrc: number;
  readonly #connection: RTCPeerConnection;
  #send: (packet: Uint8Array, length: number) => void = () => undefined;

  constructor() {
    this.#connection = new RTCPeerConnection({
      codecs: { audio: [usePCMU()] },
      headerExtensions: { audio: [useAudioLevelIndication()] },
      iceServers: [],
      iceUseIpv6: false,
      iceInterfaceAddresses: { udp4: host },
      iceAdditionalHostAddresses: [host],
      iceFilterCandidatePair: (pair) =>
        pair.localCandidate.host === host && pair.remoteCandidate.host === host,
    });
    const { sender } = this.#connection.addTransceiver(new MediaStreamTrack({ kind: "audio" }), {
      direction: "sendrecv",
    });
    this.ssrc = sender.ssrc;
  }

  async offer(): Promise<string> {
    const offer = await this.#connection.createOffer();
    for (const transport of this.#connection.iceTransports) {
      // An empty list of servers would still ask a public one.
      Object.assign(transport.connection, { stunServer: undefined });
    }
    await this.#connection.setLocalDescription(offer);
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** Resolves to the keys once media can flow; `take` gets the SRTP packets that come. */
  async connect(
    answer: string,
    take: (packet: Buffer) => void,
  ): Promise<{ readonly local: SrtpKeys; readonly remote: SrtpKeys }> {
    const [dtls] = this.#connection.dtlsTransports;
    if (!dtls) throw new Error("the offer has no transport");
    // Either end may choose, and one of the two prefers AES-GCM.
    Object.assign(dtls, { srtpProfiles: [aesCm80] });
    const connected = dtls.onStateChange.watch((state) => state === "connected", 20_000);
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    await connected;
    const pair = dtls.iceTransport.connection.nominated;
    const config = dtls.srtp?.config;
    if (!pair || config?.profile !== aesCm80) throw new Error(`no pair, or SRTP profile ${config?.profile}`);
    const { socket } = (pair.protocol as unknown as { transport: { socket: Socket } }).transport;
    const listeners = socket.listeners("message") as ((packet: Buffer, from: unknown) => void)[];
    socket.removeAllListeners("message");
    const [address, port] = pair.remoteAddr;
    socket.on("message", (packet, from) => {
      const kind = kindOf(packet);
      if (kind === "rtp") {
        if (from.port === port) take(packet);
      } else if (kind !== "rtcp") for (const listener of listeners) listener(packet, from);
    });
    this.#send = (packet, length) => socket.send(packet, 0, length, port, address);
    const profile = "AES_CM_128_HMAC_SHA1_80";
    const { keys } = config;
    return {
      local: { profile, masterKey: keys.localMasterKey, masterSalt: keys.localMasterSalt },
      remote: { profile, masterKey: keys.remoteMasterKey, masterSalt: keys.remoteMasterSalt },
    };
  }

  send(packet: Uint8Array, length: number): void {
    this.#send(packet, length);
  }
}

import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { silentLogger, systemClock, systemIds } from "../../src/base/index.ts";
import { DtlsPeer, makeCertificate, type OwnCertificate } from "../../src/gateway/media/dtls/index.ts";
import { createMedia, type Media, type MediaLegEvents } from "../../src/gateway/media/index.ts";
import type { SrtpKeyPair } from "../../src/gateway/media/lane/lane.ts";
import { IceAgent, printHostCandidate, type Address } from "../../src/protocol/ice/index.ts";
import { writeStun } from "../../src/protocol/ice/stun.ts";
import {
  kindOf,
  SrtpReceiver,
  SrtpSender,
  srtpOverhead,
  writeRtpHeader,
  type RtpFields,
} from "../../src/protocol/rtp/index.ts";

let certificate: Promise<OwnCertificate> | undefined;

/** A browser's audio offer without its attributes of transport; `bodies` follow the first line. */
const audioLines = [
  "a=mid:0",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:110 telephone-event/48000",
  "a=rtpmap:126 telephone-event/8000",
];

/**
 * A browser's place on the wire, every byte of which the test decides: it offers, controls ICE, and is whichever end of
 * DTLS the answer leaves it. Its protocols are our own; what is proved with it is what happens to bytes no browser sends.
 */
export class WirePeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly certificate: OwnCertificate;
  readonly agent: IceAgent;
  /** SRTP that was taken: opened RTP packets. */
  readonly received: Buffer[] = [];
  /** Sockets that packets came to after a move. */
  current: Socket;
  ssrc = 0x2222_3333;
  keys: SrtpKeyPair | null = null;
  closedByPeer = false;
  #sender: SrtpSender | null = null;
  #receiver: SrtpReceiver | null = null;
  #dtls: DtlsPeer | null = null;
  #leg: Address = { host: "127.0.0.1", port: 0 };
  readonly #connected = Promise.withResolvers<void>();

  private constructor(socket: Socket, own: OwnCertificate) {
    this.socket = socket;
    this.current = socket;
    this.certificate = own;
    this.#connected.promise.catch(() => undefined);
    this.agent = new IceAgent({
      clock: systemClock,
      random: (bytes) => randomBytes(bytes),
      controlling: true,
      send: (packet, to) => this.current.send(packet, to.port, to.host),
      selected: (to) => {
        this.#leg = to;
        this.#dtls?.start();
      },
      expired: () => undefined,
    });
    this.#listen(socket);
  }

  static async open(own?: OwnCertificate): Promise<WirePeer> {
    const socket = await bound();
    return new WirePeer(socket, own ?? (await (certificate ??= makeCertificate())));
  }

  offer(setup = "actpass"): string {
    const { userFragment, password } = this.agent.local;
    return [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0",
      `m=audio ${this.socket.address().port} UDP/TLS/RTP/SAVPF 111 0 110 126`,
      "c=IN IP4 127.0.0.1",
      ...audioLines,
      `a=ice-ufrag:${userFragment}`,
      `a=ice-pwd:${password}`,
      `a=fingerprint:sha-256 ${this.certificate.fingerprint}`,
      `a=setup:${setup}`,
      `a=${printHostCandidate("127.0.0.1", this.socket.address().port)}`,
      "",
    ].join("\r\n");
  }

  /** Takes the answer, and is connected when this resolves. */
  async take(answer: string): Promise<void> {
    const said = (name: string): string => new RegExp(`^a=${name}:(.*)$`, "m").exec(answer)?.[1] ?? "";
    this.#dtls = new DtlsPeer({
      role: said("setup") === "active" ? "server" : "client",
      certificate: this.certificate,
      fingerprints: [{ hash: "sha-256", value: said("fingerprint").replace("sha-256 ", "") }],
      send: (packet) => this.current.send(packet, this.#leg.port, this.#leg.host),
      connected: (keys) => {
        this.keys = keys;
        this.#sender = new SrtpSender(keys.send);
        this.#receiver = new SrtpReceiver(keys.receive);
        this.#connected.resolve();
      },
      failed: (reason) => this.#connected.reject(new Error(reason)),
      closed: () => {
        this.closedByPeer = true;
      },
    });
    this.agent.setRemote({ userFragment: said("ice-ufrag"), password: said("ice-pwd") });
    this.agent.addCandidate(said("candidate"));
    await this.#connected.promise;
  }

  /** An SRTP packet, not sent yet. */
  sealed(fields: Partial<RtpFields> = {}, payload: Uint8Array = Buffer.alloc(160, 0xff)): Buffer {
    if (!this.#sender) throw new Error("the peer has no keys yet");
    const packet = Buffer.alloc(12 + payload.length + srtpOverhead);
    const rest = { payloadType: 0, marker: false, sequence: 1, timestamp: 160, ssrc: this.ssrc };
    writeRtpHeader(packet, { ...rest, ...fields });
    packet.set(payload, 12);
    const length = this.#sender.protect(packet, 12 + payload.length);
    if (typeof length !== "number") throw new Error(length);
    return packet.subarray(0, length);
  }

  sendRaw(packet: Uint8Array): void {
    this.current.send(packet, this.#leg.port, this.#leg.host);
  }

  /** From now on behind another port, as after a NAT's change of mind; it checks the pair from there. */
  async move(): Promise<void> {
    this.current = await bound();
    this.#listen(this.current);
    const { remote, local } = this.agent;
    if (!remote) throw new Error("there is no peer to check");
    const request = {
      kind: "request",
      transaction: randomBytes(12).toString("hex"),
      username: `${remote.userFragment}:${local.userFragment}`,
      priority: 1,
      controlling: 0n,
      useCandidate: true,
    } as const;
    this.sendRaw(writeStun({ ...request, controlling: 2n ** 64n - 1n }, remote.password));
  }

  /** Ends DTLS as browsers do. */
  sayGoodbye(): void {
    this.#dtls?.close();
  }

  #listen(socket: Socket): void {
    socket.on("message", (packet, from) => {
      const kind = kindOf(packet);
      if (kind === "stun") this.agent.receive(packet, { host: from.address, port: from.port });
      else if (kind === "dtls") this.#dtls?.receive(packet);
      else if (kind === "rtp" && this.#receiver && socket === this.current) {
        const length = this.#receiver.unprotect(packet, packet.length);
        if (typeof length === "number") this.received.push(packet.subarray(0, length));
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#dtls?.close();
    this.agent.close();
    const sockets = new Set([this.socket, this.current]);
    await Promise.all(
      [...sockets].map((socket) => new Promise<void>((done) => void socket.close(() => done()))),
    );
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** What a leg told. */
export interface ToldOfLeg {
  readonly lost: string[];
  readonly digits: string[];
  readonly events: MediaLegEvents;
}

export function tellingLeg(): ToldOfLeg {
  const lost: string[] = [];
  const digits: string[] = [];
  return {
    lost,
    digits,
    events: {
      lost: (reason, detail) => void lost.push(detail === undefined ? reason : `${reason}: ${detail}`),
      digit: (digit) => void digits.push(digit),
    },
  };
}

/** A media plane on loopback. */
export const loopbackMedia = (
  more: Partial<Parameters<typeof createMedia>[0]> = {},
): Media & AsyncDisposable => {
  const media = createMedia({
    sip: { host: "127.0.0.1" },
    ports: { from: 43_000, to: 43_999 },
    mediaTimeoutSeconds: 15,
    clock: systemClock,
    ids: systemIds,
    log: silentLogger,
    ...more,
  });
  return Object.assign(media, { [Symbol.asyncDispose]: () => media.close() });
};

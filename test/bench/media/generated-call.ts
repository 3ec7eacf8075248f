import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import {
  kindOf,
  RtpHeader,
  SrtpReceiver,
  SrtpSender,
  srtpOverhead,
  writeRtpHeader,
  type SrtpKeys,
} from "../../../src/protocol/rtp/index.ts";
import { BrowserEnd } from "./browser-end.ts";
import { host, type Ends, type Keying, type Relayed } from "./messages.ts";

const payloadBytes = 160;
const packetBytes = 12 + payloadBytes;

/** The packets of one direction: each carries its number and the call's, so that it is known again. */
class Direction {
  readonly #mark: number;
  readonly #seen = new Set<number>();
  ssrc: number;
  #next = 0;
  /** The numbers that are measured. */
  #from = 0;
  #to = Infinity;
  readonly faults: Record<string, number> = {};

  constructor(mark: number) {
    this.#mark = mark;
    this.ssrc = 0x1000_0000 + mark;
  }

  write(packet: Buffer): void {
    const sequence = this.#next;
    const fields = { payloadType: 0, marker: sequence === 0, ssrc: this.ssrc };
    writeRtpHeader(packet, { ...fields, sequence: sequence & 0xffff, timestamp: (sequence * 160) >>> 0 });
    packet.fill(sequence & 0xff, 12, packetBytes);
    packet.writeUInt32BE(sequence, 12);
    packet.writeUInt32BE(this.#mark, 16);
    this.#next += 1;
  }

  read(header: RtpHeader, packet: Buffer, length: number): void {
    if (!header.read(packet, length)) return this.fault("malformed");
    const start = header.payloadStart;
    if (header.payloadType !== 0 || header.payloadEnd - start !== payloadBytes)
      return this.fault("other payload");
    const sequence = packet.readUInt32BE(start);
    if (packet.readUInt32BE(start + 4) !== this.#mark || packet[start + 159] !== (sequence & 0xff)) {
      return this.fault("altered");
    }
    if (this.#seen.has(sequence)) return this.fault("twice");
    if (sequence >= this.#from && sequence < this.#to) this.#seen.add(sequence);
    return undefined;
  }

  fault(reason: string): void {
    this.faults[reason] = (this.faults[reason] ?? 0) + 1;
  }

  /** The packets that are sent from now on count. */
  beginMeasuring(): void {
    this.#from = this.#next;
    this.#seen.clear();
    for (const reason of Object.keys(this.faults)) delete this.faults[reason];
  }

  endMeasuring(): void {
    this.#to = this.#next;
  }

  get sent(): number {
    return this.#to - this.#from;
  }

  get received(): number {
    return this.#seen.size;
  }
}

/** One call's two ends: SRTP on the one, RTP in the clear on the other, 160 bytes of G.711 every 20 ms both ways. */
export class GeneratedCall {
  readonly #plain: Socket = createSocket("udp4");
  #secure: { send(packet: Uint8Array, length: number): void } | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #plainPort = 0;
  readonly #header = new RtpHeader();
  readonly #buffer = Buffer.alloc(packetBytes + srtpOverhead);
  readonly toPlain: Direction;
  readonly toSecure: Direction;
  #connect: ((relayed: Relayed) => Promise<void>) | undefined;

  constructor(index: number) {
    this.toPlain = new Direction(2 * index);
    this.toSecure = new Direction(2 * index + 1);
  }

  async open(keying: Keying): Promise<Ends> {
    this.#plain.bind(0, host);
    await once(this.#plain, "listening");
    this.#plain.on("message", (packet, from) => {
      // Others on the machine send to ports that they had before us.
      if (from.port === this.#plainPort) this.toPlain.read(this.#header, packet, packet.length);
    });
    const plain = this.#plain.address().port;
    return { plain, secure: keying === "sdes" ? await this.#openSdes() : await this.#openBrowser() };
  }

  async connect(relayed: Relayed): Promise<void> {
    this.#plainPort = relayed.plain;
    await this.#connect?.(relayed);
  }

  /** One packet each way. */
  send(): void {
    const packet = this.#buffer;
    this.toSecure.write(packet);
    // The socket may still hold it when the next is written.
    this.#plain.send(Buffer.from(packet.subarray(0, packetBytes)), this.#plainPort, host);
    this.toPlain.write(packet);
    const length = this.#sender?.protect(packet, packetBytes);
    if (typeof length !== "number") throw new Error(`not protected: ${length}`);
    this.#secure?.send(Buffer.from(packet.subarray(0, length)), length);
  }

  readonly #take = (packet: Buffer): void => {
    const length = this.#receiver?.unprotect(packet, packet.length);
    if (typeof length === "number") this.toSecure.read(this.#header, packet, length);
    else this.toSecure.fault(length ?? "early");
  };

  async #openSdes(): Promise<Ends["secure"]> {
    const socket = createSocket("udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    const key = randomBytes(30);
    this.#connect = async ({ secure }) => {
      if (!("sdes" in secure)) throw new Error("the relay answered without a key");
      const { port } = secure.sdes;
      this.#use(sdesKeys(key), sdesKeys(Buffer.from(secure.sdes.key, "base64")));
      socket.on("message", (packet, from) => {
        if (from.port === port && kindOf(packet) === "rtp") this.#take(packet);
      });
      this.#secure = { send: (packet, length) => socket.send(packet, 0, length, port, host) };
    };
    return { sdes: { port: socket.address().port, key: key.toString("base64") } };
  }

  async #openBrowser(): Promise<Ends["secure"]> {
    const browser = new BrowserEnd();
    this.toPlain.ssrc = browser.ssrc;
    this.#connect = async ({ secure }) => {
      if (!("answer" in secure)) throw new Error("the relay did not answer");
      const keys = await browser.connect(secure.answer, this.#take);
      this.#use(keys.local, keys.remote);
      this.#secure = browser;
    };
    return { offer: await browser.offer() };
  }

  #use(local: SrtpKeys, remote: SrtpKeys): void {
    this.#sender = new SrtpSender(local);
    this.#receiver = new SrtpReceiver(remote);
  }
}

const sdesKeys = (key: Buffer): SrtpKeys => ({
  profile: "AES_CM_128_HMAC_SHA1_80",
  masterKey: key.subarray(0, 16),
  masterSalt: key.subarray(16),
});

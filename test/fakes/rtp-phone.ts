import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { tonesIn } from "../live/harness/tone.ts";
import { until } from "../live/harness/until.ts";

const rate = 8000;
const frame = 160;
const keys = "0123456789*#ABCD";

/** ITU-T G.711: one sample of -1 to 1. */
function toMuLaw(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(Math.round(sample * 32_767))) + 132;
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function fromMuLaw(byte: number): number {
  const value = ~byte & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + 132) << ((value & 0x70) >> 4)) - 132;
  return ((value & 0x80) === 0 ? magnitude : -magnitude) / 32_768;
}

export interface RtpSeen {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

/** A telephone of plain RTP (PCMU, telephone-event 101) on loopback that sings one tone, and keeps what it is sent. */
export class RtpPhone implements AsyncDisposable {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly seen: RtpSeen[] = [];
  readonly reports: Buffer[] = [];
  ssrc = 0x1234_5678;
  sequence = 100;
  timestamp = 5000;
  #to: { readonly host: string; readonly port: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #phase = 0;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.rtp = rtp;
    this.rtcp = rtcp;
    rtp.on("message", (packet) => {
      this.seen.push({
        payloadType: (packet[1] ?? 0) & 0x7f,
        marker: (packet[1] ?? 0) >= 0x80,
        sequence: packet.readUInt16BE(2),
        timestamp: packet.readUInt32BE(4),
        ssrc: packet.readUInt32BE(8),
        payload: packet.subarray(12),
      });
    });
    rtcp.on("message", (packet) => this.reports.push(packet));
  }

  static async open(): Promise<RtpPhone> {
    for (;;) {
      const rtp = createSocket("udp4");
      rtp.bind(0, "127.0.0.1");
      await once(rtp, "listening");
      const { port } = rtp.address();
      const rtcp = createSocket("udp4");
      const bound = await new Promise<boolean>((resolve) => {
        rtcp.once("error", () => resolve(false));
        rtcp.bind(port + 1, "127.0.0.1", () => resolve(true));
      });
      if (bound) return new RtpPhone(rtp, rtcp);
      rtp.close();
      rtcp.close();
    }
  }

  get port(): number {
    return this.rtp.address().port;
  }

  /** Its description, of PCMU or of `codecs` (lines of rtpmap, payload type first). */
  description(
    direction = "sendrecv",
    { host = "127.0.0.1", codecs = ["0 PCMU/8000", "101 telephone-event/8000"] } = {},
  ): string {
    return [
      "v=0",
      "o=phone 1 1 IN IP4 127.0.0.1",
      "s=-",
      `c=IN IP4 ${host}`,
      "t=0 0",
      `m=audio ${this.port} RTP/AVP ${codecs.map((codec) => codec.split(" ")[0]).join(" ")}`,
      ...codecs.map((codec) => `a=rtpmap:${codec}`),
      `a=${direction}`,
      "",
    ].join("\r\n");
  }

  /** Takes the other side's description, and from now on sends there. */
  sendTo(sdp: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
    const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? "127.0.0.1";
    this.#to = { host, port };
  }

  /** One packet now. */
  send(payload: Uint8Array, { payloadType = 0, marker = false, advance = frame } = {}): void {
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = payloadType | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.sequence & 0xffff, 2);
    packet.writeUInt32BE(this.timestamp >>> 0, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    packet.set(payload, 12);
    this.sequence += 1;
    this.timestamp += advance;
    if (this.#to) this.rtp.send(packet, this.#to.port, this.#to.host);
  }

  /** Sings until `close`, in real time. */
  sing(frequency: number): void {
    this.#timer = setInterval(() => {
      const payload = Uint8Array.from({ length: frame }, () => {
        this.#phase += 1;
        return toMuLaw(0.4 * Math.sin((2 * Math.PI * frequency * this.#phase) / rate));
      });
      this.send(payload);
    }, 20);
  }

  hush(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The digits that came as telephone-events of payload type 101: packets of one share their timestamp. */
  get digits(): string {
    const events = this.seen.filter(({ payloadType }) => payloadType === 101);
    return events
      .filter(({ timestamp }, index) => timestamp !== events[index - 1]?.timestamp)
      .map(({ payload }) => keys[payload[0] ?? 99] ?? "?")
      .join("");
  }

  /** Resolves once exactly these of `candidates` (Hz) are heard. */
  async hears(wanted: readonly number[], candidates: readonly number[]): Promise<void> {
    await until(`the phone hears ${wanted.join(" and ") || "nothing"}`, () => {
      const samples = this.seen
        .filter(({ payloadType }) => payloadType === 0)
        .slice(-25)
        .flatMap(({ payload }) => [...payload].map((byte) => fromMuLaw(byte)));
      const found = tonesIn(Float64Array.from(samples), rate, candidates);
      if (found.length === wanted.length && wanted.every((one) => found.includes(one))) return true;
      throw new Error(`heard ${found.join(" and ") || "nothing"} in ${samples.length} samples`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hush();
    await Promise.all(
      [this.rtp, this.rtcp].map((socket) => new Promise<void>((done) => void socket.close(() => done()))),
    );
  }
}

import { Socket } from "node:dgram";
import { once } from "node:events";
import dns from "node:dns";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Media, MediaLeg } from "../../../../src/gateway/media/index.ts";
import { writeStun } from "../../../../src/protocol/ice/stun.ts";
import { RtpPhone } from "../../../fakes/rtp-phone.ts";
import { loopbackMedia, tellingLeg, WirePeer, type ToldOfLeg } from "../../../fakes/wire-peer.ts";
import { until } from "../../../live/harness/until.ts";

// What werift 0.25.2 gets wrong, in the order of gateway.md, and what becomes of it here.
let media: Media;
let peer: WirePeer;
let phone: RtpPhone;
let watched: ToldOfLeg;

beforeEach(async () => {
  media = loopbackMedia();
  watched = tellingLeg();
  [peer, phone] = await Promise.all([WirePeer.open(), RtpPhone.open()]);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await media.close();
  await peer[Symbol.asyncDispose]();
  await phone[Symbol.asyncDispose]();
});

/** The peer's leg, described but not necessarily connected. */
async function answered(): Promise<{ leg: MediaLeg; answer: string }> {
  const leg = await media.webLeg(watched.events);
  const { codecs } = await leg.acceptOffer(peer.offer());
  return { leg, answer: await leg.createAnswer(codecs.filter(({ clockRate }) => clockRate === 8000)) };
}

/** The peer talks with the phone. */
async function talking(): Promise<{ leg: MediaLeg; sip: MediaLeg }> {
  const { leg, answer } = await answered();
  await Promise.all([peer.take(answer), leg.connected(10_000)]);
  const sip = await media.sipLeg(watched.events);
  const { codecs } = await sip.acceptOffer(phone.description());
  phone.sendTo(await sip.createAnswer(codecs));
  media.connect(leg, sip);
  return { leg, sip };
}

describe("werift defect 1: a STUN request without MESSAGE-INTEGRITY", () => {
  test("is not answered and nominates nobody", async () => {
    const { leg, answer } = await answered();
    const said = (name: string): string => new RegExp(`^a=${name}:(.*)$`, "m").exec(answer)?.[1] ?? "";
    const port = Number(/^m=audio (\d+)/m.exec(answer)?.[1]);
    const request = {
      kind: "request",
      username: `${said("ice-ufrag")}:${peer.agent.local.userFragment}`,
      useCandidate: true,
      controlling: 2n ** 64n - 1n,
      priority: 1,
    } as const;
    const signed = (transaction: string): Buffer => writeStun({ ...request, transaction }, said("ice-pwd"));
    const unsigned = Buffer.from(signed("00".repeat(12)).subarray(0, -32));
    unsigned.writeUInt16BE(unsigned.length - 20, 2);
    const wrong = writeStun({ ...request, transaction: "11".repeat(12) }, "a password that is another");
    const answers: string[] = [];
    peer.socket.on("message", (packet) => {
      if (packet.readUInt16BE(0) === 0x0101) answers.push(packet.toString("hex", 8, 20));
    });
    for (const packet of [unsigned, wrong, signed("22".repeat(12))])
      peer.socket.send(packet, port, "127.0.0.1");
    await once(peer.socket, "message");
    await until("the signed one's answer", () => answers.length > 0);
    expect(answers).toEqual(["22".repeat(12)]);
    expect(leg.statistics().dropped).toMatchObject({ stun: 2 });
  });
});

describe("werift defect 2: the rollover counter", () => {
  test("survives 300 lost packets around a wrap of the sequence", async () => {
    const { leg } = await talking();
    let sequence = 65_300;
    const send = (): void => {
      peer.sendRaw(peer.sealed({ sequence: sequence & 0xffff, timestamp: sequence * 160 }));
    };
    for (; sequence < 65_400; sequence += 1) send();
    await until("those before", () => phone.seen.length === 100);
    // Sealed, so that the sender's counter wraps, and lost.
    for (; sequence < 65_700; sequence += 1) peer.sealed({ sequence: sequence & 0xffff });
    for (; sequence < 65_800; sequence += 1) send();
    await until("those behind", () => phone.seen.length === 200);
    expect(leg.statistics()).toMatchObject({ received: { packets: 200, lost: 300 }, dropped: {} });
  });
});

describe("werift defect 3: a packet that is played again", () => {
  test("is dropped, as are forged ones, and none of them counts as heard", async () => {
    const { leg } = await talking();
    const packets = [1, 2, 3].map((sequence) => peer.sealed({ sequence }));
    for (const packet of [...packets, ...packets]) peer.sendRaw(packet);
    const forged = Buffer.from(peer.sealed({ sequence: 4 }));
    forged[20] = (forged[20] ?? 0) ^ 1;
    peer.sendRaw(forged);
    peer.sendRaw(peer.sealed({ sequence: 5 }));
    await until("the last one", () => phone.seen.length === 4);
    expect(phone.seen.map((one) => one.sequence - (phone.seen[0]?.sequence ?? 0))).toEqual([0, 1, 2, 4]);
    expect(leg.statistics()).toMatchObject({
      received: { packets: 4 },
      dropped: { replay: 3, authentication: 1 },
    });
  });
});

describe("werift defect 4: a public STUN server", () => {
  test("is not asked: nothing is sent to, or looked up for, anybody but the peer", async () => {
    const sent = vi.spyOn(Socket.prototype, "send");
    const lookup = vi.spyOn(dns, "lookup");
    await talking();
    const hosts = new Set(sent.mock.calls.map((call) => call.findLast((one) => typeof one === "string")));
    expect(hosts).toEqual(new Set(["127.0.0.1"]));
    expect(lookup).not.toHaveBeenCalled();
  });
});

describe("werift defect 5: telephone-event with G.711", () => {
  test("is answered at 8000, never at the browser's 48000", async () => {
    const { answer } = await answered();
    expect(answer).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 0 126\r$/m);
    expect(answer).not.toContain("48000");
  });
});

describe("werift defect 6: the browser that closes", () => {
  test("is told of at once", async () => {
    await talking();
    peer.sayGoodbye();
    await until("its end", () => watched.lost.length > 0);
    expect(watched.lost).toEqual(["dtls-closed"]);
  });

  test("an alert or a new ClientHello in the clear ends and begins nothing", async () => {
    const { leg } = await talking();
    const alert = Buffer.from("15fefd000000000000000900020100", "hex");
    const encryptedLook = Buffer.from(`15fefd0001000000000009001a${"0100".padEnd(52, "0")}`, "hex");
    const hello = Buffer.concat([
      Buffer.from("16fefd000000000000000a00360100002a000000000000002a", "hex"),
      Buffer.alloc(42, 1),
    ]);
    for (const packet of [alert, encryptedLook, hello]) peer.sendRaw(packet);
    peer.sendRaw(peer.sealed({ sequence: 9 }));
    await until("media after it", () => phone.seen.length === 1);
    expect(watched.lost).toEqual([]);
    expect(leg.statistics().dtls).toBe("connected");
  });
});

describe("werift defect 7: a browser that moves to another address", () => {
  test("is followed there, once it answers from there", async () => {
    const { leg } = await talking();
    const before = leg.statistics().remote;
    phone.send(Buffer.alloc(160, 0xff));
    await until("media before", () => peer.received.length === 1);
    await peer.move();
    await until("the new address", () => leg.statistics().remote !== before);
    expect(leg.statistics().remote).toBe(`127.0.0.1:${peer.current.address().port}`);
    phone.send(Buffer.alloc(160, 0xff));
    await until("media there", () => peer.received.length === 2);
    peer.sendRaw(peer.sealed({ sequence: 7 }));
    await until("media from there", () => phone.seen.length === 1);
    await new Promise<void>((done) => void peer.socket.close(() => done()));
    Object.assign(peer, { socket: peer.current });
  });
});

describe("werift defect 8: two that want a port at the same time", () => {
  test("never get the same one: a port is bound once and kept", async () => {
    const other = loopbackMedia();
    try {
      const wanted = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? media : other));
      const legs = await Promise.all(wanted.map((one) => one.webLeg(watched.events)));
      const ports = legs.map((leg) => leg.statistics().local);
      expect(new Set(ports).size).toBe(60);
    } finally {
      await other.close();
    }
  });
});

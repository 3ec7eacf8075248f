import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger, systemClock, systemIds, type DomainEvent } from "../../../src/base/index.ts";
import { Calls, References } from "../../../src/core/calls/index.ts";
import { Invitations } from "../../../src/core/invitations/index.ts";
import { Traces } from "../../../src/core/traces/index.ts";
import { Gateway, type GatewaySettings } from "../../../src/gateway/index.ts";
import { UserAgent, type Dialog, type Headers } from "../../../src/protocol/sip/index.ts";
import { described, events, FakeMedia, pcmu } from "../../fakes/media.ts";
import { SipSwitch } from "../../fakes/sip-switch.ts";
import { freePort } from "../../live/harness/ports.ts";
import { Device } from "../../unit/gateway/rig.ts";

const domain = "pbx.test";
const offer = described([pcmu, events], "offer");
const answer = described([pcmu, events]);

/** A gateway and a switch that speak SIP over sockets, with true invitations; the media is played. */
class World {
  readonly media = new FakeMedia();
  readonly references = new References({ ids: systemIds, clock: systemClock });
  readonly published: DomainEvent[] = [];
  readonly invitations: Invitations;
  readonly gateway: Gateway;
  readonly sip: SipSwitch;
  readonly settings: GatewaySettings;

  private constructor(sip: SipSwitch, settings: GatewaySettings) {
    this.sip = sip;
    this.settings = settings;
    const publish = (event: DomainEvent): void => void this.published.push(event);
    const shared = { clock: systemClock, ids: systemIds, log: silentLogger, publish };
    this.invitations = new Invitations({
      ...shared,
      exchange: { place: (request, told) => this.gateway.place(request, told) },
      ringSeconds: settings.ringSeconds,
    });
    this.gateway = new Gateway({
      ...shared,
      settings,
      version: "0",
      media: this.media,
      webUsers: this.invitations,
      route: () => Promise.resolve({ kind: "switch" }),
      references: this.references,
      traces: new Traces({ clock: systemClock }),
      calls: new Calls({ publish }),
    });
  }

  static async start(settings: Partial<GatewaySettings> = {}): Promise<World> {
    const sip = await SipSwitch.start({ domain, account: "1000", password: "secret" });
    return new World(sip, {
      sip: { host: "127.0.0.1", port: await freePort() },
      switchSip: { host: "127.0.0.1", port: sip.port },
      switches: [{ host: "localhost" }],
      domain,
      proxyAccount: "1000",
      proxySecret: "secret",
      ringSeconds: 30,
      publicIp: null,
      rtpPorts: { from: 40_000, to: 40_010 },
      mediaTimeoutSeconds: 15,
      ...settings,
    });
  }

  /** Types of what the gateway published. */
  get told(): string[] {
    return this.published.map(({ type }) => type).filter((type) => type.startsWith("gateway."));
  }

  connect(user: string, name: string): Device {
    const device = new Device(user, name);
    this.invitations.connect(device);
    return device;
  }

  async close(): Promise<void> {
    this.invitations.close();
    await this.gateway.close();
    await this.sip.close();
  }
}

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(async () => {
  await world.close();
});

const idle = (): unknown => {
  const { sessions, media, sip } = world.gateway.counts();
  return { sessions, legs: media.legs, transactions: sip.transactions };
};

describe("the proxy account", () => {
  test("registers with digest, and un-registers when we stop", async () => {
    await world.gateway.start();
    await expect.poll(() => world.gateway.trouble).toBeNull();
    expect(world.sip.contact).toContain("sip:1000@127.0.0.1");
    expect(world.gateway.counts().registered).toBe(true);
    await world.gateway.close();
    expect(world.sip.contact).toBeNull();
    expect(world.told).toEqual(["gateway.registered", "gateway.unregistered"]);
  });

  test("that the switch does not let in says why", async () => {
    world.sip.registerStatus = 403;
    await world.gateway.start();
    await expect.poll(() => world.gateway.trouble).toMatch(/register as 1000: 403/);
    expect(world.told).toEqual(["gateway.unregistered"]);
  });

  test("registers again as soon as the switch is back", async () => {
    await world.gateway.start();
    await world.sip.until(() => world.sip.registrations.length === 1);
    world.gateway.switchReturned();
    await world.sip.until(() => world.sip.registrations.length === 2);
    expect(world.told).toEqual(["gateway.registered"]);
  });

  test("is not tried where there is no switch", async () => {
    const alone = await World.start({ switches: [] });
    await alone.gateway.start();
    expect(alone.gateway.trouble).toBeNull();
    expect(alone.gateway.counts().registered).toBeNull();
    await alone.close();
    expect(alone.sip.registrations).toEqual([]);
  });
});

/** What the switch hears of a call that it makes. */
interface Heard {
  readonly statuses: (number | string)[];
  reason: string | undefined;
  dialog: Dialog | null;
}

async function callIn(
  headers: readonly (readonly [string, string])[],
): Promise<Heard & { cancel: () => void }> {
  await world.gateway.start();
  await world.sip.until(() => world.sip.contact !== null);
  const heard: Heard = { statuses: [], reason: undefined, dialog: null };
  const ended = (told: Headers | null): void => {
    heard.reason = told?.get("Reason");
  };
  const call = world.sip.call(
    { from: { displayName: "Grace", uri: `sip:1001@${domain}` }, headers, sdp: offer },
    {
      provisional: ({ status }) => heard.statuses.push(status),
      accepted: ({ dialog, sdp }) => {
        heard.statuses.push(200, sdp ?? "");
        heard.dialog = dialog;
        dialog.handle({
          bye: (told) => {
            heard.statuses.push("BYE");
            ended(told);
          },
        });
      },
      rejected: ({ status, headers: told }) => {
        heard.statuses.push(status);
        ended(told);
      },
    },
  );
  return Object.assign(heard, { cancel: () => call.cancel() });
}

const toWebUser = (user = "2001"): [string, string][] => [
  ["X-Number", `<sip:${user}@${domain}>`],
  ["X-Patchcord-Ref", world.references.issue({ kind: "to-web-user", user, uuid: null, number: `0${user}` })],
];

describe("the switch calls a web user", () => {
  test("and they talk, until the web user hangs up", async () => {
    const ada = world.connect("2001", "Ada");
    const heard = await callIn(toWebUser());
    await expect.poll(() => ada.words).toEqual(["invitation"]);
    const { id, from } = ada.last("invitation");
    expect(from).toEqual({ number: "1001", name: "Grace" });
    world.invitations.received(ada.session, id);
    world.invitations.accept(ada.session, id, { sdp: answer });
    await expect.poll(() => ada.words.at(-1)).toBe("state accepted");
    await expect.poll(() => heard.statuses).toEqual([180, 200, answer]);
    world.invitations.hangup(ada.session, id);
    await expect.poll(() => heard.statuses.at(-1)).toBe("BYE");
    expect(heard.reason).toBe('Q.850;cause=16;text="NORMAL_CLEARING"');
    await expect.poll(idle).toMatchObject({ sessions: {}, legs: 0 });
  });

  test("who refuses", async () => {
    const ada = world.connect("2001", "Ada");
    const heard = await callIn(toWebUser());
    await expect.poll(() => ada.words).toEqual(["invitation"]);
    world.invitations.refuse(ada.session, ada.last("invitation").id, { reason: "busy" });
    await expect.poll(() => heard.statuses).toEqual([486]);
    expect(heard.reason).toBe('Q.850;cause=17;text="USER_BUSY"');
  });

  test("and gives up", async () => {
    const ada = world.connect("2001", "Ada");
    const heard = await callIn(toWebUser());
    await expect.poll(() => ada.words).toEqual(["invitation"]);
    world.invitations.received(ada.session, ada.last("invitation").id);
    await expect.poll(() => heard.statuses).toEqual([180]);
    heard.cancel();
    await expect.poll(() => ada.words.at(-1)).toBe("state canceled ORIGINATOR_CANCEL");
    await expect.poll(() => heard.statuses).toEqual([180, 487]);
  });

  test("without proof that it means it: 403, and nobody rings", async () => {
    const ada = world.connect("2001", "Ada");
    const heard = await callIn([["X-Number", `<sip:2001@${domain}>`]]);
    await expect.poll(() => heard.statuses).toEqual([403]);
    expect(ada.words).toEqual([]);
  });

  test("and we stop: both hear a normal end, within seconds", async () => {
    const ada = world.connect("2001", "Ada");
    const heard = await callIn(toWebUser());
    await expect.poll(() => ada.words).toEqual(["invitation"]);
    world.invitations.accept(ada.session, ada.last("invitation").id, { sdp: answer });
    await expect.poll(() => ada.words.at(-1)).toBe("state accepted");
    world.invitations.close();
    await world.gateway.close();
    expect(heard.statuses).toEqual([200, answer, "BYE"]);
    expect(heard.reason).toBeUndefined();
    expect(ada.words.at(-1)).toBe("ended SYSTEM_SHUTDOWN by ours");
    expect(idle()).toEqual({ sessions: {}, legs: 0, transactions: 0 });
  });
});

async function dial(sdp = offer): Promise<Device> {
  await world.gateway.start();
  const ada = world.connect("2001", "Ada");
  world.invitations.invite(ada.session, { id: "call", to: "1001", sdp, media: "audio" });
  return ada;
}

describe("a web user calls through the switch", () => {
  test("and they talk, until the phone hangs up", async () => {
    const ada = await dial();
    const call = await world.sip.called();
    expect(call.request.uri).toBe(`sip:1001@${domain}`);
    expect(call.request.headers.get("From")).toMatch(/^"?Ada"? <sip:02001@pbx\.test>/);
    call.ring();
    await expect.poll(() => ada.words).toEqual(["state sent", "state received"]);
    const dialog = call.accept(answer);
    await dialog.acknowledged;
    await expect.poll(() => ada.words.slice(-2)).toEqual(["answer", "state accepted"]);
    await dialog.bye([["Reason", 'Q.850;cause=16;text="NORMAL_CLEARING"']]);
    await expect.poll(() => ada.words.at(-1)).toBe("ended NORMAL_CLEARING by callee");
    await expect.poll(idle).toMatchObject({ sessions: {}, legs: 0 });
  });

  test("which refuses", async () => {
    const ada = await dial();
    (await world.sip.called()).reject(486, [["Reason", 'Q.850;cause=17;text="USER_BUSY"']]);
    await expect.poll(() => ada.words.at(-1)).toBe("state refused USER_BUSY");
  });

  test("and gives up: the switch gets a CANCEL", async () => {
    const ada = await dial();
    const call = await world.sip.called();
    const canceled = Promise.withResolvers<void>();
    call.handle({ canceled: () => canceled.resolve() });
    call.ring();
    await expect.poll(() => ada.words).toEqual(["state sent", "state received"]);
    world.invitations.cancel(ada.session, "call");
    await canceled.promise;
    await expect.poll(idle).toMatchObject({ sessions: {}, legs: 0 });
  });

  test("which is dead: we stop within seconds all the same", async () => {
    const ada = await dial();
    await world.sip.called();
    world.sip.deaf = true;
    world.invitations.close();
    const begun = systemClock.now();
    await world.gateway.close();
    expect(systemClock.now() - begun).toBeLessThan(12_000);
    expect(ada.words.at(-1)).toBe("state failed switch");
    expect(idle()).toEqual({ sessions: {}, legs: 0, transactions: 0 });
  });
});

test("what comes from no switch's address is not answered", async () => {
  await world.close();
  world = await World.start({ switches: [], switchSip: { host: "192.0.2.1", port: 5060 } });
  await world.gateway.start();
  const stranger = createSocket("udp4");
  stranger.bind(0, "127.0.0.1");
  await once(stranger, "listening");
  const text = `OPTIONS sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${stranger.address().port};branch=z9hG4bK1\r\nFrom: <sip:x@x>;tag=1\r\nTo: <sip:1000@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
  const answers: Buffer[] = [];
  stranger.on("message", (bytes) => answers.push(bytes));
  const { port } = world.settings.sip;
  stranger.send(text, port, "127.0.0.1");
  // The next one is heard, or refused, after the first.
  stranger.send(text, port, "127.0.0.1");
  await expect.poll(() => world.gateway.counts().sip.dropped + answers.length).toBeGreaterThan(0);
  expect(answers).toEqual([]);
  stranger.close();
});

test("a user agent that does not close keeps no media open", async () => {
  const other = await World.start();
  await other.gateway.start();
  const closing = vi.spyOn(UserAgent.prototype, "close").mockRejectedValueOnce(new Error("it hangs"));
  const media = vi.spyOn(other.media, "close");
  await expect(other.gateway.close()).rejects.toThrow("it hangs");
  expect(media).toHaveBeenCalledOnce();
  const [agent] = closing.mock.contexts as UserAgent[];
  closing.mockRestore();
  await agent?.close();
  await other.sip.close();
});

test("an address that is taken is named, with the key to change", async () => {
  await world.gateway.start();
  const second = await World.start({ sip: world.settings.sip });
  await expect(second.gateway.start()).rejects.toMatchObject({
    code: "cannot-listen",
    detail: expect.stringContaining("PATCHCORD_SIP (sip) 127.0.0.1"),
  });
  await second.close();
});

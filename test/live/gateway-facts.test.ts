import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phone } from "./harness/baresip.ts";
import { endCalls, expectCallsOfSwitch, type LiveCall } from "./harness/calls.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";
import { type WebUser, webTones } from "./harness/web-user.ts";

interface Media {
  readonly kind: string;
  readonly codec: string | null;
  readonly ice: string | null;
  readonly dtls: string | null;
  readonly received: { readonly packets: number };
  readonly sent: { readonly packets: number };
}

/** `GET /calls/ID`. */
interface ShownCall extends LiveCall {
  readonly timeline: readonly { readonly type: string; readonly leg: string | null }[];
  readonly gateway: readonly {
    readonly leg: string;
    readonly user: string;
    readonly direction: string;
    readonly invitation: string | null;
    readonly sip: { readonly callId: string; readonly status: number } | null;
    readonly web: Media;
    readonly far: Media;
    readonly endedAt: number | null;
    readonly ending: { readonly cause: string; readonly by: string } | null;
  }[];
}

/** The types of the entries that are the gateway's. */
const seen = ({ timeline }: ShownCall): string[] =>
  timeline.map(({ type }) => type).filter((type) => type.startsWith("gateway."));

describe("calls of web users, as apps see and make them", () => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  let one: Phone;
  let two: Phone;
  let ann: WebUser;

  beforeAll(async () => {
    [one, two] = (await system().phones("1001", "1002")) as [Phone, Phone];
    ann = await system().webUser({ user: "2001", displayName: "Ann Lee", tone: webTones[0] });
  });

  afterEach(async () => {
    await endCalls(system());
  });

  async function shown(id: string): Promise<ShownCall> {
    const { status, body } = await system().patchcord.rest.get<ShownCall>(`calls/${id}`);
    if (status !== 200) throw new Error(`GET /calls/${id} answered ${status}`);
    return body;
  }

  const onlyCall = async (): Promise<ShownCall> => {
    const [call, ...others] = await expectCallsOfSwitch(system(), "active");
    if (!call || others.length > 0) throw new Error("there is not exactly one call");
    return shown(call.id);
  };

  const connectedWith = async (phone: Phone): Promise<void> => {
    await phone.hears(ann.tone);
    await ann.hears(phone.tone);
  };

  test("what our leg does is told with the call, and stays when the call has ended", async () => {
    await one.dial("02001", system().domain);
    await ann.phone.rings();
    await ann.phone.answer();
    await connectedWith(one);
    const call = await onlyCall();
    const leg = call.legs.find(({ number }) => number === "02001");
    expect(call.gateway).toHaveLength(1);
    expect(call.gateway[0]).toMatchObject({
      leg: leg?.uuid,
      user: "2001",
      direction: "to-web-user",
      sip: { status: 200 },
      web: { kind: "web", ice: "connected", dtls: "connected" },
      far: { kind: "sip", ice: null },
      endedAt: null,
      ending: null,
    });
    const { web, far } = call.gateway[0] ?? {};
    for (const packets of [web?.received, web?.sent, far?.received, far?.sent])
      expect(packets?.packets).toBeGreaterThan(0);
    for (const type of ["gateway.ringing", "gateway.ice-connected", "gateway.dtls-connected"])
      expect(seen(call).filter((one) => one === type)).toEqual([type]);
    const answered = call.timeline.findIndex(({ type }) => type === "call.answered");
    expect(call.timeline.findIndex(({ type }) => type === "gateway.ringing")).toBeLessThan(answered);
    await one.hangUp();
    const ended = await until("our leg's end", async () => {
      const now = await shown(call.id);
      return now.gateway[0]?.ending ? now : undefined;
    });
    expect(ended.gateway[0]).toMatchObject({ ending: { cause: "NORMAL_CLEARING", by: "caller" } });
    expect(ended.gateway[0]?.web.received.packets).toBeGreaterThan(0);
  });

  test("a phone that a web user called sends it on: the next one shows it and hears it", async () => {
    await ann.phone.dial("1001");
    await one.rings();
    await one.answer();
    await connectedWith(one);
    await one.transfer(`sip:1002@${system().domain}`);
    const { peeruri, peerdisplayname } = await two.rings();
    expect([peerdisplayname, peeruri]).toEqual(["Ann Lee", expect.stringContaining("02001@")]);
    await two.answer();
    await connectedWith(two);
    const call = await onlyCall();
    expect(call.gateway.map(({ user, direction }) => [user, direction])).toEqual([["2001", "from-web-user"]]);
    expect(call).toMatchObject({ from: { number: "02001", name: "Ann Lee" }, to: { number: "1001" } });
    await two.hangUp();
    expect(await ann.phone.ended()).toContain("hung up");
  });

  test("a phone that called a web user sends it on", async () => {
    await one.dial("02001", system().domain);
    await ann.phone.rings();
    await ann.phone.answer();
    await connectedWith(one);
    await one.transfer(`sip:1002@${system().domain}`);
    const { peeruri, peerdisplayname } = await two.rings();
    expect([peerdisplayname, peeruri]).toEqual(["Ann Lee", expect.stringContaining("02001@")]);
    await two.answer();
    await connectedWith(two);
    await two.hangUp();
    expect(await ann.phone.ended()).toContain("hung up");
  });

  test("POST /calls from a web user: its device rings first, and is shown whom it is to talk with", async () => {
    const { status, body } = await system().patchcord.rest.post<{ id: string }>("calls", {
      from: "02001",
      to: "1001",
    });
    expect(status).toBe(202);
    await ann.phone.rings();
    await ann.phone.page.getByText("1001").first().waitFor();
    await ann.phone.answer();
    const { peeruri, peerdisplayname } = await one.rings();
    expect([peerdisplayname, peeruri]).toEqual(["Ann Lee", expect.stringContaining("02001@")]);
    await one.answer();
    await connectedWith(one);
    const call = await onlyCall();
    expect(call).toMatchObject({
      id: body.id,
      from: { number: "02001", name: "Ann Lee" },
      to: { number: "1001" },
    });
    expect(call.gateway).toHaveLength(1);
    await one.hangUp();
    expect(await ann.phone.ended()).toContain("hung up");
  });
});

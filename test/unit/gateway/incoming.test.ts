import { beforeEach, describe, expect, test } from "vitest";
import { described, events, pcma, pcmu } from "../../fakes/media.ts";
import { recordingLogger } from "../../fakes/recording-logger.ts";
import { FakeIncoming } from "../../fakes/sip-agent.ts";
import { nothing, Rig, settle, type Device } from "./rig.ts";

const offer = described([pcmu, pcma, events], "offer");
const from = '"Grace Hopper" <sip:1001@pbx.test>;tag=1';
const barred = '403 Reason: Q.850;cause=21;text="CALL_REJECTED"';
const unknown = '404 Reason: Q.850;cause=1;text="UNALLOCATED_NUMBER"';
let rig: Rig;
let ada: Device;

beforeEach(() => {
  rig = new Rig();
  ada = rig.connect("2001", "Ada Lovelace");
});

interface Calling {
  readonly user?: string;
  readonly reference?: string;
  readonly from?: string;
  readonly number?: string;
  readonly sdp?: string | null;
}

async function ring(o: Calling = {}): Promise<FakeIncoming> {
  const { user = "2001", number = `<sip:${user}@pbx.test>`, sdp = offer } = o;
  const call = new FakeIncoming(
    [
      ["From", o.from ?? from],
      ["X-Number", number],
      ["X-Patchcord-Ref", o.reference ?? rig.referenceTo(user)],
    ],
    sdp,
  );
  rig.incoming.take(call);
  await settle();
  return call;
}

const idOf = (device: Device): string => device.last("invitation").id;

async function answered(): Promise<FakeIncoming> {
  const call = await ring();
  rig.invitations.received(ada.session, idOf(ada));
  rig.invitations.accept(ada.session, idOf(ada), { sdp: described([pcmu, events]) });
  await settle();
  return call;
}

describe("the switch calls a web user", () => {
  test("who sees the caller and what was dialled, and is offered what the phone can", async () => {
    await ring();
    expect(ada.last("invitation")).toMatchObject({
      from: { number: "1001", name: "Grace Hopper" },
      number: "02001",
      media: "audio",
      sdp: described([pcmu, pcma, events], "offer"),
    });
  });

  test("rings only once a device does, and answers only once its media is connected", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = await ring();
    expect(call.answers).toEqual([]);
    rig.invitations.received(ada.session, idOf(ada));
    expect(call.answers).toEqual(["180"]);
    rig.media.leg("web").connecting = promise;
    rig.invitations.accept(ada.session, idOf(ada), { sdp: described([pcmu, events]) });
    await settle();
    expect(call.answers).toEqual(["180"]);
    resolve();
    await settle();
    expect(call.answers).toEqual(["180", `200 ${described([pcmu, events])}`]);
  });

  test("and they talk: relayed on the ACK, not before", async () => {
    const call = await answered();
    expect(rig.media.connections).toEqual([]);
    expect(ada.words.at(-1)).toBe("state acceptSent");
    call.dialog.ack();
    await settle();
    expect(rig.media.connections).toHaveLength(1);
    expect(ada.words.at(-1)).toBe("state accepted");
    expect(rig.sessions.counts()).toEqual({ active: 1 });
  });

  test("without an offer: ours is G.711, the answer comes with the ACK", async () => {
    const call = await ring({ sdp: null });
    expect(ada.last("invitation").sdp).toBe(described([pcmu, pcma, events], "offer"));
    rig.invitations.accept(ada.session, idOf(ada), { sdp: described([pcma, events]) });
    await settle();
    expect(call.answers).toEqual([`200 ${described([pcma, events], "offer")}`]);
    call.dialog.ack(described([pcma, events]));
    await settle();
    expect(rig.sessions.counts()).toEqual({ active: 1 });
  });

  test.each<[string, (id: string) => void, string, string]>([
    [
      "is busy",
      (id) => rig.invitations.refuse(ada.session, id, { reason: "busy" }),
      '486 Reason: Q.850;cause=17;text="USER_BUSY"',
      "state refused USER_BUSY",
    ],
    [
      "declines",
      (id) => rig.invitations.refuse(ada.session, id, {}),
      '603 Reason: Q.850;cause=21;text="CALL_REJECTED"',
      "state refused CALL_REJECTED",
    ],
    [
      "does not answer in the ring time",
      (id) => {
        rig.invitations.received(ada.session, id);
        rig.clock.advance(30_000);
      },
      '408 Reason: Q.850;cause=19;text="NO_ANSWER"',
      "state failed expired",
    ],
    [
      "has no device that acknowledges",
      () => rig.clock.advance(30_000),
      '408 Reason: Q.850;cause=18;text="NO_USER_RESPONSE"',
      "state failed no-response",
    ],
  ])("who %s", async (_what, act, answer, words) => {
    const call = await ring();
    act(idOf(ada));
    await settle();
    expect(call.answers.at(-1)).toBe(answer);
    expect(ada.words.at(-1)).toBe(words);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("who is offline: 480, and no port is taken", async () => {
    const call = await ring({ user: "2999" });
    expect(call.answers).toEqual(['480 Reason: Q.850;cause=20;text="SUBSCRIBER_ABSENT"']);
    expect(rig.media.legs.filter(({ kind }) => kind === "web")).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("who vanishes while it rings", async () => {
    const call = await ring();
    rig.invitations.disconnect(ada.session);
    await settle();
    expect(call.answers).toEqual(['480 Reason: Q.850;cause=20;text="SUBSCRIBER_ABSENT"']);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("and gives up: the device is told why", async () => {
    const call = await ring();
    call.cancel();
    await settle();
    expect(ada.words.at(-1)).toBe("state canceled ORIGINATOR_CANCEL");
    expect(call.answers).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("and another phone took the call", async () => {
    const call = await ring();
    call.cancel('SIP;cause=200;text="Call completed elsewhere"');
    await settle();
    expect(ada.words.at(-1)).toBe("state canceled LOSE_RACE");
  });

  test("CANCEL crosses the answer whose media is being connected: the device is told", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = await ring();
    rig.media.leg("web").connecting = promise;
    rig.invitations.accept(ada.session, idOf(ada), { sdp: described([pcmu]) });
    await settle();
    call.cancel();
    resolve();
    await settle();
    expect(call.answers).toEqual([]);
    expect(ada.words.at(-1)).toBe("state canceled ORIGINATOR_CANCEL");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("never acknowledges our answer: the device is let go", async () => {
    const call = await answered();
    call.dialog.peerEnds();
    await settle();
    expect(ada.words.at(-1)).toBe("state canceled NORMAL_CLEARING");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("hangs up, with a cause", async () => {
    const call = await answered();
    call.dialog.ack();
    await settle();
    call.dialog.peerEnds('Q.850;cause=16;text="NORMAL_CLEARING"');
    await settle();
    expect(ada.words.at(-1)).toBe("ended NORMAL_CLEARING by caller");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("is hung up on: BYE", async () => {
    const call = await answered();
    call.dialog.ack();
    await settle();
    rig.invitations.hangup(ada.session, idOf(ada));
    await settle();
    expect(call.dialog.ended).toBe('Reason: Q.850;cause=16;text="NORMAL_CLEARING"');
    expect(rig.leftovers).toEqual(nothing);
  });

  test("whose answer holds no codec of the offer: 488, and the device is told", async () => {
    const call = await ring();
    rig.invitations.accept(ada.session, idOf(ada), { sdp: "answer g729" });
    await settle();
    expect(call.answers).toEqual(['488 Reason: Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"']);
    expect(ada.words.at(-1)).toBe("state failed media");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("offers nothing that can be relayed: 488", async () => {
    const call = await ring({ sdp: "offer g729" });
    expect(call.answers).toEqual(['488 Reason: Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"']);
    expect(ada.words).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("and digits go both ways", async () => {
    const call = await answered();
    call.dialog.ack();
    await settle();
    call.dialog.told.digit?.({ digit: "4", milliseconds: 100 });
    rig.media.leg("sip").events.digit("2");
    rig.invitations.dtmf(ada.session, idOf(ada), "9");
    expect(ada.words.slice(-2)).toEqual(["dtmf 4", "dtmf 2"]);
    expect(rig.media.leg("sip").digits).toEqual(["9"]);
  });

  test("tells the ledger who answered, by its reference", async () => {
    const reference = rig.referenceTo("2001");
    await ring({ reference });
    rig.invitations.accept(ada.session, idOf(ada), { sdp: described([pcmu]) });
    expect(rig.references.peek(reference)).toMatchObject({ displayName: "Ada Lovelace" });
    expect(rig.traces.get(reference)).toMatchObject({
      user: "2001",
      direction: "to-web-user",
      invitation: idOf(ada),
      sip: { callId: "a-call-id" },
    });
  });

  test("while we stop: 503", async () => {
    await rig.sessions.close(0);
    expect((await ring()).answers).toEqual(["503"]);
  });
});

describe("a call that is not the switch's to a web user", () => {
  test.each<[string, () => Calling, string]>([
    ["without a reference of ours", () => ({ reference: "made up" }), barred],
    [
      "with the reference of a web user's own call",
      () => ({
        reference: rig.references.issue({
          kind: "from-web-user",
          user: "2001",
          displayName: "",
          invitation: "x",
        }),
      }),
      barred,
    ],
    ["for another web user than its reference", () => ({ number: "<sip:2002@pbx.test>" }), unknown],
    ["with an X-Number that is none", () => ({ number: "<<<" }), unknown],
  ])("%s is refused, and rings nowhere", async (_what, calling, answer) => {
    const call = await ring(calling());
    expect(call.answers).toEqual([answer]);
    expect(ada.words).toEqual([]);
    expect(rig.sessions.counts()).toEqual({});
  });

  test("with a reference that was used", async () => {
    const reference = rig.referenceTo("2001");
    await ring({ reference });
    expect((await ring({ reference })).answers).toEqual([barred]);
  });
});

test("a flood of refused calls is told in a line a second, with how many were not", async () => {
  const { log, lines } = recordingLogger();
  rig = new Rig(log);
  const told = (): number[] =>
    lines()
      .split("\n")
      .filter((line) => line.includes("was refused"))
      .map((line) => (JSON.parse(line) as { untold: number }).untold);
  for (let call = 0; call < 5; call += 1) await ring({ reference: "made up" });
  expect(told()).toEqual([0]);
  rig.clock.advance(1000);
  await ring({ reference: "made up" });
  expect(told()).toEqual([0, 4]);
});

describe("a caller's name is a stranger's text", () => {
  test.each<[string, { number: string; name: string }]>([
    ['"a\u0007b\u202Ec" <sip:1001@pbx.test>', { number: "1001", name: "abc" }],
    [
      `"${"x".repeat(500)}" <sip:${"1".repeat(500)}@pbx.test>`,
      { number: "1".repeat(64), name: "x".repeat(128) },
    ],
    ["<sip:anonymous@anonymous.invalid>", { number: "anonymous", name: "" }],
    ["<tel:+15551234>", { number: "", name: "" }],
    ["nonsense <", { number: "", name: "" }],
  ])("%j", async (header, party) => {
    await ring({ from: header });
    expect(ada.last("invitation").from).toEqual(party);
  });
});

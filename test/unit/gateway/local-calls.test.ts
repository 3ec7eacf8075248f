import { beforeEach, describe, expect, test } from "vitest";
import { gatewayNode } from "../../../src/gateway/index.ts";
import { described, events, opus, pcmu } from "../../fakes/media.ts";
import { nothing, Rig, settle, type Device } from "./rig.ts";

let rig: Rig;
let ada: Device;
let bob: Device;

beforeEach(() => {
  rig = new Rig();
  rig.destination = { kind: "webUser", user: "2002" };
  ada = rig.connect("2001", "Ada");
  bob = rig.connect("2002", "Bob");
});

async function dial(): Promise<void> {
  const sdp = described([opus, pcmu, events], "offer");
  rig.invitations.invite(ada.session, {
    id: "call",
    to: "02002",
    sdp,
    media: "audio",
    content: "about lunch",
  });
  await settle();
}

async function answer(): Promise<void> {
  const { id } = bob.last("invitation");
  rig.invitations.received(bob.session, id);
  rig.invitations.accept(bob.session, id, { sdp: described([opus, events]), response: "gladly" });
  await settle();
}

const told = (): string[] =>
  rig.published.filter(({ type }) => type.startsWith("call.")).map(({ type }) => type);

describe("a web user calls a web user", () => {
  test("by our relay alone: no SIP", async () => {
    await dial();
    await answer();
    expect(rig.agent.invites).toEqual([]);
    expect(rig.media.legs.map(({ kind }) => kind)).toEqual(["web", "web"]);
    expect(rig.media.connections).toHaveLength(1);
    expect(bob.last("invitation")).toMatchObject({
      from: { number: "02001", name: "Ada" },
      number: "02002",
      content: "about lunch",
    });
    expect(ada.last("state")).toMatchObject({
      state: "accepted",
      response: "gladly",
      party: { number: "02002", name: "Bob" },
    });
    expect(bob.words.at(-1)).toBe("state accepted");
  });

  test("is a call like any other", async () => {
    await dial();
    expect(rig.calls.list()).toMatchObject([{ state: "ringing", node: gatewayNode }]);
    await answer();
    const [call] = rig.calls.list();
    expect(call).toMatchObject({
      state: "active",
      from: { number: "02001", name: "Ada" },
      to: { number: "02002", name: "Bob" },
      legs: [
        { direction: "inbound", number: "02001", state: "active" },
        { direction: "outbound", number: "02002", state: "active" },
      ],
    });
    rig.invitations.hangup(bob.session, bob.last("invitation").id);
    await settle();
    expect(rig.calls.list()).toMatchObject([{ id: call?.id, state: "ended", cause: "NORMAL_CLEARING" }]);
    expect(told()).toEqual(["call.created", "call.ringing", "call.answered", "call.bridged", "call.ended"]);
    expect(ada.words.at(-1)).toBe("ended NORMAL_CLEARING by callee");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("who refuses", async () => {
    await dial();
    rig.invitations.refuse(bob.session, bob.last("invitation").id, { reason: "busy", response: "later" });
    await settle();
    expect(ada.last("state")).toMatchObject({
      state: "refused",
      cause: "USER_BUSY",
      sip: 486,
      response: "later",
    });
    expect(rig.calls.list()).toMatchObject([{ state: "ended", cause: "USER_BUSY" }]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("who is offline", async () => {
    rig.invitations.disconnect(bob.session);
    await dial();
    expect(ada.last("state")).toMatchObject({ state: "failed", cause: "offline", sip: 480 });
    expect(rig.calls.list()).toMatchObject([{ state: "ended", cause: "SUBSCRIBER_ABSENT" }]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("and gives up while it rings", async () => {
    await dial();
    rig.invitations.cancel(ada.session, "call");
    await settle();
    expect(bob.words.at(-1)).toBe("state canceled ORIGINATOR_CANCEL");
    expect(rig.calls.list()).toMatchObject([{ state: "ended", cause: "ORIGINATOR_CANCEL" }]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("whose own media fails: the callee is told that the call failed, not that it was accepted", async () => {
    await dial();
    rig.media.leg("web", 0).connecting = Promise.reject(new Error("DTLS"));
    await answer();
    expect(bob.words.at(-1)).toBe("state failed switch");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("is hung up and sent digits over REST", async () => {
    await dial();
    await answer();
    const [caller, callee] = rig.calls.list()[0]?.legs ?? [];
    rig.localCalls.command({ verb: "dtmf", uuid: callee?.uuid ?? "", digits: "1w2" });
    expect(bob.words.at(-1)).toBe("dtmf 12");
    expect(() => rig.localCalls.command({ verb: "hold", uuid: caller?.uuid ?? "" })).toThrow(
      "verb-not-allowed",
    );
    rig.localCalls.command({ verb: "hangup", uuid: caller?.uuid ?? "", cause: "USER_BUSY" });
    await settle();
    expect(ada.words.at(-1)).toBe("ended USER_BUSY by ours");
    expect(bob.words.at(-1)).toBe("ended USER_BUSY by ours");
    expect(() => rig.localCalls.command({ verb: "hangup", uuid: caller?.uuid ?? "", cause: "" })).toThrow(
      "leg-not-found",
    );
    expect(rig.leftovers).toEqual(nothing);
  });

  test("and we stop: both are told, the call ends", async () => {
    await dial();
    await answer();
    await rig.sessions.close(1000);
    expect(ada.words.at(-1)).toBe("ended SYSTEM_SHUTDOWN by ours");
    expect(bob.words.at(-1)).toBe("ended SYSTEM_SHUTDOWN by ours");
    expect(rig.leftovers).toEqual(nothing);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { described, events, opus, pcmu } from "../../fakes/media.ts";
import { nothing, Rig, settle, type Device } from "./rig.ts";

const offer = described([opus, pcmu, events], "offer");
let rig: Rig;
let ada: Device;

beforeEach(() => {
  rig = new Rig();
  ada = rig.connect("2001", "Ada Lovelace");
});

async function dial(to = "1001"): Promise<void> {
  rig.invitations.invite(ada.session, { id: "call", to, sdp: offer, media: "audio" });
  await settle();
}

async function answered(): Promise<ReturnType<typeof rig.agent.last.accept>> {
  await dial();
  rig.agent.last.progress(180);
  const dialog = rig.agent.last.accept(described([pcmu, events]));
  await settle();
  return dialog;
}

describe("a web user calls through the switch", () => {
  test("as the proxy account, shown as the web user, with a reference of its own", async () => {
    await dial();
    const { options } = rig.agent.last;
    expect(options).toMatchObject({
      target: "sip:1001@pbx.test",
      to: { protocol: "UDP", host: "127.0.0.1", port: 5060 },
      from: { displayName: "Ada Lovelace", uri: "sip:02001@pbx.test" },
      credentials: { username: "1000", password: "secret" },
      sdp: described([opus, pcmu, events], "offer"),
    });
    const reference = rig.agent.last.header("X-Patchcord-Ref") ?? "";
    expect(rig.references.peek(reference)).toMatchObject({ kind: "from-web-user", user: "2001" });
    expect(rig.traces.get(reference)).toMatchObject({ user: "2001", direction: "from-web-user" });
  });

  test("and talks: the answer is told, the media relayed, the session active", async () => {
    await answered();
    expect(ada.words).toEqual(["state sent", "state received", "answer", "state accepted"]);
    expect(ada.last("answer").sdp).toBe(described([pcmu, events]));
    expect(rig.media.connections).toHaveLength(1);
    expect(rig.sessions.counts()).toEqual({ active: 1 });
  });

  test("and sees who answered, where the directory knows", async () => {
    const party = { number: "1001", name: "Grace Hopper" };
    rig.destination = { kind: "switch", party };
    await answered();
    expect(ada.last("state")).toEqual({ type: "state", id: "call", state: "accepted", party });
  });

  test("is held in one codec, whatever the switch chose", async () => {
    await dial();
    rig.agent.last.accept(described([opus, pcmu, events]));
    await settle();
    expect(ada.last("answer").sdp).toBe(described([opus, events]));
  });

  test("hears early media; the answer is the same description", async () => {
    await dial();
    rig.agent.last.progress(183, described([pcmu, events]));
    await settle();
    expect(ada.words).toEqual(["state sent", "state received", "progress"]);
    expect(rig.media.connections).toHaveLength(1);
    rig.agent.last.accept(described([pcmu, events]));
    await settle();
    expect(ada.last("answer").sdp).toBe(ada.last("progress").sdp);
    expect(rig.media.leg("sip").asked.filter((one) => one.startsWith("acceptAnswer"))).toHaveLength(1);
    expect(rig.media.connections).toHaveLength(1);
    expect(rig.sessions.counts()).toEqual({ active: 1 });
  });

  test.each([
    [486, 'Q.850;cause=17;text="USER_BUSY"', "state refused USER_BUSY"],
    [603, 'Q.850;cause=21;text="CALL_REJECTED"', "state refused CALL_REJECTED"],
    [480, 'Q.850;cause=19;text="NO_ANSWER"', "state failed expired"],
    [404, 'Q.850;cause=1;text="UNALLOCATED_NUMBER"', "state refused UNALLOCATED_NUMBER"],
    [480, 'SIP;cause=606;text="USER_NOT_REGISTERED"', "state failed offline"],
    [488, 'Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"', "state failed media"],
  ])("and is told how it was refused: %i %s", async (status, reason, words) => {
    await dial();
    rig.agent.last.reject(status, reason);
    await settle();
    expect(ada.words.at(-1)).toBe(words);
    expect(ada.last("state").sip).toBe(status);
    expect(rig.leftovers).toEqual(nothing);
  });

  test.each([180, 181, 182, 183])("hears that somebody was reached: %i without sound", async (status) => {
    await dial();
    rig.agent.last.progress(100);
    expect(ada.words).not.toContain("state received");
    rig.agent.last.progress(status);
    expect(ada.words.at(-1)).toBe("state received");
  });

  test("gives up while it rings: CANCEL", async () => {
    await dial();
    rig.agent.last.progress(180);
    rig.invitations.cancel(ada.session, "call");
    await settle();
    expect(rig.agent.last.canceled).toBe("");
    expect(rig.leftovers).toEqual(nothing);
    rig.agent.last.reject(487);
    await settle();
    expect(ada.words.at(-1)).toBe("state canceled ORIGINATOR_CANCEL");
  });

  test("gives up before the INVITE went out: none does", async () => {
    rig.invitations.invite(ada.session, { id: "call", to: "1001", sdp: offer, media: "audio" });
    rig.invitations.cancel(ada.session, "call");
    await settle();
    expect(rig.agent.invites).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("gives up, and the switch's 200 crosses: it is not taken", async () => {
    await dial();
    rig.invitations.cancel(ada.session, "call");
    rig.agent.last.accept(described([pcmu]));
    await settle();
    expect(ada.words).toEqual(["state sent", "state canceled ORIGINATOR_CANCEL"]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("hangs up: BYE", async () => {
    const dialog = await answered();
    rig.invitations.hangup(ada.session, "call");
    await settle();
    expect(dialog.ended).toBe('Reason: Q.850;cause=16;text="NORMAL_CLEARING"');
    expect(rig.leftovers).toEqual(nothing);
  });

  test("is hung up on, with the cause that the switch names", async () => {
    const dialog = await answered();
    dialog.peerEnds('Q.850;cause=31;text="NORMAL_UNSPECIFIED"');
    await settle();
    expect(ada.words.at(-1)).toBe("ended NORMAL_UNSPECIFIED by callee");
    expect(dialog.ended).toBeNull();
    expect(rig.leftovers).toEqual(nothing);
  });

  test("both hang up at once: each is told nothing more", async () => {
    const dialog = await answered();
    rig.invitations.hangup(ada.session, "call");
    dialog.peerEnds();
    await settle();
    expect(ada.words.filter((word) => word.startsWith("ended"))).toEqual(["ended NORMAL_CLEARING by caller"]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("vanishes: the phone hears a normal end", async () => {
    const dialog = await answered();
    rig.media.leg("web").events.lost("consent-expired");
    await settle();
    expect(dialog.ended).toBe("");
    expect(ada.words.at(-1)).toBe("ended MEDIA_TIMEOUT by network");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("closes its media and then says that it hangs up: it hung up", async () => {
    const dialog = await answered();
    rig.media.leg("web").events.lost("dtls-closed");
    rig.clock.advance(1000);
    rig.invitations.hangup(ada.session, "call");
    await settle();
    expect(dialog.ended).toBe('Reason: Q.850;cause=16;text="NORMAL_CLEARING"');
    expect(rig.leftovers).toEqual(nothing);
    expect(rig.clock.pending.filter((delay) => delay < 10_000)).toEqual([]);
  });

  test("closes its media and says nothing: it is gone", async () => {
    const dialog = await answered();
    rig.media.leg("web").events.lost("dtls-closed");
    rig.clock.advance(1500);
    await settle();
    expect(dialog.ended).toBe("");
    expect(ada.words.at(-1)).toBe("ended MEDIA_TIMEOUT by network");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("cannot connect its media: the switch's call ends, and so does its own", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    await dial();
    rig.media.leg("web").connecting = promise;
    const dialog = rig.agent.last.accept(described([pcmu]));
    await settle();
    expect(rig.sessions.counts()).toEqual({ answering: 1 });
    reject(new Error("DTLS"));
    await settle();
    expect(dialog.ended).not.toBeNull();
    expect(rig.leftovers).toEqual(nothing);
  });

  test("keys digits: the far leg sends them; the phone's digits come as frames, once", async () => {
    const dialog = await answered();
    rig.invitations.dtmf(ada.session, "call", "12#");
    expect(rig.media.leg("sip").digits).toEqual(["12#"]);
    rig.media.leg("sip").events.digit("5");
    dialog.told.digit?.({ digit: "6", milliseconds: 100 });
    expect(ada.words.slice(-2)).toEqual(["dtmf 5", "dtmf 6"]);
    // What its own media carries is relayed as it is.
    rig.media.leg("web").events.digit("7");
    expect(rig.media.leg("sip").digits).toEqual(["12#"]);
  });

  test("is put on hold and resumed by the switch", async () => {
    const dialog = await answered();
    const answers: string[] = [];
    const reoffer = async (sdp: string): Promise<void> => {
      dialog.told.reinvite?.({
        sdp,
        headers: rig.agent.last.options.headers as never,
        accept: (answer) => {
          answers.push(answer);
          return Promise.resolve(null);
        },
        reject: (status) => void answers.push(String(status)),
      });
      await settle();
    };
    await reoffer(described([pcmu, events], "offer", "sendonly"));
    await reoffer(described([pcmu, events], "offer", "sendrecv"));
    // The call is held in PCMU: no other codec can be relayed to the browser.
    await reoffer(described([opus], "offer"));
    await reoffer("offer nonsense");
    expect(answers).toEqual([
      described([pcmu, events], "answer", "recvonly"),
      described([pcmu, events], "answer", "sendrecv"),
      "488",
      "488",
    ]);
    expect(rig.sessions.counts()).toEqual({ active: 1 });
  });

  test("dials what goes nowhere: no port, no INVITE, the cause by name", async () => {
    rig.destination = { kind: "reject", cause: "OUTGOING_CALL_BARRED", reason: "the rule does not list it" };
    await dial();
    expect(ada.words.at(-1)).toBe("state refused OUTGOING_CALL_BARRED");
    expect(ada.last("state").sip).toBe(403);
    expect(rig.media.legs).toEqual([]);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("offers nothing that can be relayed", async () => {
    rig.invitations.invite(ada.session, { id: "call", to: "1001", sdp: "offer g729", media: "audio" });
    await settle();
    expect(ada.words.at(-1)).toBe("state failed media");
    expect(ada.last("state").sip).toBe(488);
    expect(rig.leftovers).toEqual(nothing);
  });

  test("finds no port free", async () => {
    rig.media.exhausted = true;
    await dial();
    expect(ada.words.at(-1)).toBe("state failed media");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("is answered by nobody for ever: an end comes all the same", async () => {
    await dial();
    rig.agent.last.progress(180);
    rig.clock.advance(201_000);
    await settle();
    expect(rig.agent.last.canceled).not.toBeNull();
    expect(ada.words.at(-1)).toBe("state failed expired");
    expect(rig.leftovers).toEqual(nothing);
  });

  test("while we stop is refused", async () => {
    await rig.sessions.close(0);
    await dial();
    expect(ada.words.at(-1)).toBe("state failed switch");
    expect(ada.last("state").sip).toBe(503);
  });

  test("gives candidates before its offer was read", async () => {
    rig.invitations.invite(ada.session, { id: "call", to: "1001", sdp: offer, media: "audio" });
    rig.invitations.candidate(ada.session, "call", {
      candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host",
      sdpMid: "0",
      sdpMLineIndex: 0,
    });
    await settle();
    expect(rig.media.leg("web").candidates).toHaveLength(1);
  });
});

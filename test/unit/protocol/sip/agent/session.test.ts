import { describe, expect, test } from "vitest";
import { SipParseError, type HeaderPair, type SipRequest } from "../../../../../src/protocol/sip/index.ts";
import { advance } from "../../../../fakes/sip-network.ts";
import { answer, nothingLeft, offer, Pair } from "../../../../fakes/sip-pair.ts";
import { Scene } from "../../../../fakes/sip-peer.ts";

/** Our call, answered; and what is needed to speak in its dialog. */
async function call(headers: readonly HeaderPair[] = []): Promise<{ scene: Scene; invite: SipRequest }> {
  const scene = await Scene.open();
  const invite = await scene.established(headers);
  scene.told.events.length = 0;
  scene.peer.received.length = 0;
  return { scene, invite };
}

describe("in a dialog", () => {
  test("BYE ends it, and its headers are told; what comes after it is 481", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "BYE", 1, { headers: [["Reason", "Q.850;cause=16"]] });
    await scene.peer.askIn(invite, "INFO", 2);
    await scene.pass();
    expect(scene.peer.names).toEqual(["200 BYE", "481 INFO"]);
    expect(scene.told.events).toEqual(["bye"]);
    expect(scene.told.headers?.get("Reason")).toBe("Q.850;cause=16");
    expect(scene.told.call.open).toBe(false);
    await scene.told.call.bye();
    expect(await scene.told.call.info("text/plain", "x")).toBe(481);
    await expect(scene.told.call.reinvite(offer)).rejects.toMatchObject({ code: "already-ended" });
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("BYE that came before anybody listened is told when somebody does", async () => {
    const { scene, invite } = await call();
    scene.told.call.handle({});
    await scene.peer.askIn(invite, "BYE", 1);
    await scene.pass();
    scene.told.take(scene.told.call);
    expect(scene.told.events).toEqual(["bye"]);
  });

  test("BYE of both at once: each is answered 200, nobody is told", async () => {
    const { scene, invite } = await call();
    const ended = scene.told.call.bye();
    await scene.pass();
    await scene.peer.askIn(invite, "BYE", 1);
    await scene.pass();
    await ended;
    expect(scene.peer.names).toEqual(["BYE", "200 BYE"]);
    expect(scene.told.events).toEqual([]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("BYE that nobody answers ends after 32 s", async () => {
    const { scene } = await call();
    let ended = false;
    void scene.told.call.bye().then(() => (ended = true));
    await scene.pass(31_900);
    expect(ended).toBe(false);
    await scene.pass(200);
    expect(ended).toBe(true);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("a request older than one before it is 500", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "OPTIONS", 7);
    await scene.peer.askIn(invite, "OPTIONS", 6);
    await scene.pass();
    expect(scene.peer.names).toEqual(["200 OPTIONS", "500 OPTIONS"]);
  });

  test.each([
    ["PRACK", [["RAck", "1 1 INVITE"]], "481 PRACK"],
    ["MESSAGE", [], "405 MESSAGE"],
    ["FROBNICATE", [], "501 FROBNICATE"],
    ["INFO", [["Require", "recv-info"]], "420 INFO"],
  ] as const)("%s is refused", async (method, headers, name) => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, method, 2, { headers });
    await scene.pass();
    expect(scene.peer.names).toEqual([name]);
  });
});

describe("INFO", () => {
  test.each([
    ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "200 INFO", "digit 5 160"],
    ["application/dtmf-relay", "Signal= #\nDuration= 90\n", "200 INFO", "digit # 90"],
    ["application/dtmf-relay", "Signal=10\r\n", "200 INFO", "digit * 250"],
    ["application/dtmf", "9", "200 INFO", "digit 9 250"],
    ["application/dtmf", "11", "200 INFO", "digit # 250"],
    ["text/plain", "hello", "200 INFO", "info text/plain hello"],
    ["application/dtmf-relay", "Signal=55\r\n", "200 INFO", "info application/dtmf-relay Signal=55\r\n"],
  ])("%s %j", async (type, body, name, event) => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INFO", 2, { headers: [["Content-Type", type]], body });
    await scene.pass();
    expect(scene.peer.names).toEqual([name]);
    expect(scene.told.events).toEqual([event]);
  });

  test("nobody reads is 415, without a body 200", async () => {
    const { scene, invite } = await call();
    scene.told.call.handle({});
    await scene.peer.askIn(invite, "INFO", 2, { headers: [["Content-Type", "text/plain"]], body: "x" });
    await scene.peer.askIn(invite, "INFO", 3);
    await scene.pass();
    expect(scene.peer.names).toEqual(["415 INFO", "200 INFO"]);
  });

  test("of ours resolves to the answer's status", async () => {
    const { scene } = await call();
    const status = scene.told.call.info("application/dtmf-relay", "Signal=1\r\n");
    await scene.pass();
    const info = scene.peer.request("INFO");
    expect(info.headers.get("Content-Type")).toBe("application/dtmf-relay");
    await scene.peer.answer(info, 415);
    await scene.pass();
    expect(await status).toBe(415);
    expect(scene.told.call.open).toBe(true);
  });

  test.each([
    ["answered 481", 481, 10],
    ["not answered", 0, 32_100],
  ])("%s: the call is lost, and ended", async (_, status, wait) => {
    const { scene } = await call();
    const result = scene.told.call.info("text/plain", "x");
    await scene.pass();
    if (status > 0) await scene.peer.answer(scene.peer.request("INFO"), status);
    await scene.pass(wait);
    expect(await result).toBe(status === 0 ? 408 : status);
    expect(scene.told.events).toEqual([`lost: INFO was answered ${status === 0 ? 408 : status}`]);
    expect(scene.peer.names).toContain("BYE");
    expect(await scene.left()).toEqual(nothingLeft);
  });
});

describe("a re-INVITE of the peer's", () => {
  test("is answered by the application, until its ACK", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, {
      headers: [["Contact", "<sip:moved@10.0.0.9>"]],
      body: offer,
    });
    await scene.pass();
    expect(scene.told.events).toEqual(["reinvite with sdp"]);
    const accepted = scene.told.offer?.accept(answer);
    await scene.pass(600);
    expect(scene.peer.names).toEqual(["100 INVITE", "200 INVITE", "200 INVITE"]);
    expect(Buffer.from(scene.peer.response("INVITE").body).toString()).toBe(answer);
    await scene.peer.askIn(invite, "ACK", 2);
    await scene.pass(10_000);
    expect(await accepted).toBeNull();
    expect(scene.peer.names).toHaveLength(3);
    await expect(scene.told.offer?.accept(answer)).rejects.toMatchObject({ code: "already-ended" });
    // It is where the dialog's requests go from now on.
    void scene.told.call.bye();
    await scene.pass();
    expect(scene.peer.request("BYE").uri).toBe("sip:moved@10.0.0.9");
  });

  test("without a description has ours, and its ACK the answer", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2);
    await scene.pass();
    const accepted = scene.told.offer?.accept(offer);
    await scene.pass();
    await scene.peer.askIn(invite, "ACK", 2, { body: answer });
    await scene.pass();
    expect(await accepted).toBe(answer);
  });

  test("is refused, and the call goes on", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass();
    scene.told.offer?.reject(488, [["Warning", '304 x "no"']]);
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "488 INVITE"]);
    expect(scene.told.call.open).toBe(true);
  });

  test("that nobody handles is 488", async () => {
    const { scene, invite } = await call();
    scene.told.call.handle({});
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["488 INVITE"]);
  });

  test("that the application does not answer is 488 after 20 s", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass(20_100);
    expect(scene.peer.names).toContain("488 INVITE");
  });

  test("whose 2xx is never acknowledged: BYE, and the call is lost", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass();
    const outcome = Promise.allSettled([scene.told.offer?.accept(answer)]);
    await scene.pass(32_100);
    expect(await outcome).toMatchObject([{ reason: { code: "not-confirmed" } }]);
    expect(scene.told.events.at(-1)).toBe("lost: a re-INVITE's answer was not acknowledged");
    expect(scene.peer.names.at(-1)).toBe("BYE");
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("is canceled: 487, and the call goes on", async () => {
    const { scene, invite } = await call();
    const again = await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass();
    const via = ["Via", again.headers.get("Via") ?? ""] as const;
    await scene.peer.askIn(invite, "CANCEL", 2, { headers: [via] });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "200 CANCEL", "487 INVITE"]);
    await expect(scene.told.offer?.accept(answer)).rejects.toMatchObject({ code: "already-ended" });
    expect(scene.told.call.open).toBe(true);
  });

  test("while another of its own is open is 500 with Retry-After, not acknowledged 491", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.peer.askIn(invite, "INVITE", 3, { body: offer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "500 INVITE"]);
    expect(Number(scene.peer.response("INVITE").headers.get("Retry-After"))).toBeLessThanOrEqual(10);
    void scene.told.offer?.accept(answer);
    await scene.peer.askIn(invite, "UPDATE", 4, { body: offer });
    await scene.pass();
    expect(scene.peer.names.at(-1)).toBe("491 UPDATE");
  });

  test("while ours is open is 491", async () => {
    const { scene, invite } = await call();
    void scene.told.call.reinvite(offer);
    await scene.pass();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "491 INVITE"]);
  });

  test("is answered 487 when the call ends meanwhile", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "INVITE", 2, { body: offer });
    await scene.peer.askIn(invite, "BYE", 3);
    await scene.pass();
    expect(scene.peer.names.toSorted()).toEqual(["100 INVITE", "200 BYE", "487 INVITE"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });
});

describe("an UPDATE (RFC 3311)", () => {
  test("with an offer is answered by the application", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "UPDATE", 2, { body: offer });
    await scene.pass();
    expect(await scene.told.offer?.accept(answer)).toBeNull();
    await scene.pass();
    expect(scene.peer.names).toEqual(["200 UPDATE"]);
    expect(Buffer.from(scene.peer.response("UPDATE").body).toString()).toBe(answer);
  });

  test("without one is accepted, and moves the target", async () => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "UPDATE", 2, { headers: [["Contact", "<sip:moved@10.0.0.9>"]] });
    await scene.pass();
    expect(scene.peer.names).toEqual(["200 UPDATE"]);
    void scene.told.call.bye();
    await scene.pass();
    expect(scene.peer.request("BYE").uri).toBe("sip:moved@10.0.0.9");
  });
});

describe("a re-INVITE of ours", () => {
  test("resolves to the answer, which is acknowledged each time it comes", async () => {
    const { scene } = await call();
    const answered = scene.told.call.reinvite(offer);
    await scene.pass();
    const again = scene.peer.request("INVITE");
    expect(again.headers.get("CSeq")).toBe("2 INVITE");
    await scene.peer.answer(again, 200, { body: answer });
    await scene.peer.answer(again, 200, { body: answer });
    await scene.pass();
    expect(await answered).toBe(answer);
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "ACK"]);
    expect(scene.peer.request("ACK").headers.get("CSeq")).toBe("2 ACK");
  });

  test("waits for the one before it", async () => {
    const { scene } = await call();
    const first = scene.told.call.reinvite(offer);
    const second = scene.told.call.reinvite(offer);
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE"]);
    await scene.peer.answer(scene.peer.request("INVITE"), 200, { body: answer });
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 200, { body: answer });
    await scene.pass();
    await Promise.all([first, second]);
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "INVITE", "ACK"]);
  });

  test("is refused: the session is as before", async () => {
    const { scene } = await call();
    const refused = Promise.allSettled([scene.told.call.reinvite(offer)]);
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 488);
    await scene.pass();
    expect(await refused).toMatchObject([
      {
        reason: {
          code: "peer-refused",
          extra: { status: 488 },
        },
      },
    ]);
    expect(scene.told.call.open).toBe(true);
    expect(scene.told.events).toEqual([]);
  });

  test.each([481, 408])("answered %s: the call is lost, and ended", async (status) => {
    const { scene } = await call();
    const refused = Promise.allSettled([scene.told.call.reinvite(offer)]);
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), status);
    await scene.pass();
    expect(await refused).toMatchObject([{ reason: { code: "peer-refused" } }]);
    expect(scene.told.events).toEqual([`lost: a re-INVITE was answered ${status}`]);
    expect(scene.peer.names).toContain("BYE");
  });

  test("that meets the peer's waits 2.1 to 4 s as the caller, and tries again; five times at most", async () => {
    const { scene } = await call();
    const refused = Promise.allSettled([scene.told.call.reinvite(offer)]);
    for (let glare = 0; glare <= 5; glare += 1) {
      await scene.pass();
      const invites = (): number => scene.peer.distinct.filter((name) => name === "INVITE").length;
      expect(invites()).toBe(glare + 1);
      await scene.peer.answer(scene.peer.request("INVITE"), 491);
      await scene.pass(2090);
      expect(invites()).toBe(glare + 1);
      // Half of the span: 3.05 s.
      await scene.pass(970);
    }
    expect(await refused).toMatchObject([{ reason: { extra: { status: 491 } } }]);
    expect(scene.told.call.open).toBe(true);
  });

  test.each(["UDP", "TCP"] as const)(
    "and the peer's at once, over %s: both come to pass",
    async (protocol) => {
      const pair = await Pair.open(protocol);
      pair.invite();
      await advance(pair.clock, 10);
      pair.callee.told.take(pair.callee.told.ringing.accept(answer));
      await advance(pair.clock, 10);
      for (const { told } of [pair.caller, pair.callee]) {
        const given = { ...told.dialogHandlers };
        told.dialogHandlers.reinvite = (offered) => {
          given.reinvite(offered);
          void offered.accept(answer);
        };
      }
      const both = [pair.caller.told.call.reinvite(offer), pair.callee.told.call.reinvite(offer)];
      await advance(pair.clock, 20_000);
      expect(await Promise.all(both)).toEqual([answer, answer]);
      expect(pair.network.from("10.0.0.1")).toContain("491 INVITE");
      expect(pair.network.from("10.0.0.2")).toContain("491 INVITE");
    },
  );

  test("in a call that ends meanwhile is given up", async () => {
    const { scene, invite } = await call();
    const given = Promise.allSettled([scene.told.call.reinvite(offer)]);
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 100);
    await scene.peer.askIn(invite, "BYE", 1);
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 487);
    await scene.pass();
    expect(await given).toMatchObject([{ reason: { code: "already-ended" } }]);
    expect(scene.peer.names).toContain("CANCEL");
    expect(await scene.left()).toEqual(nothingLeft);
  });
});

describe("the session timer (RFC 4028)", () => {
  const supported = ["Supported", "timer"] as const;

  test.each([
    ["no timer is asked for", [supported], undefined, false],
    [
      "the caller may choose: it refreshes",
      [supported, ["Session-Expires", "1800"]],
      "1800;refresher=uac",
      true,
    ],
    ["we are to", [supported, ["Session-Expires", "1800;refresher=uas"]], "1800;refresher=uas", true],
    ["only a proxy knows timers: we do", [["Session-Expires", "600"]], "600;refresher=uas", false],
    ["it is short, of a proxy's", [["Session-Expires", "10"]], "90;refresher=uas", false],
  ] as const)("in a call to us, %s", async (_, headers, expires, required) => {
    const scene = await Scene.open();
    await scene.called(headers);
    scene.told.take(scene.told.ringing.accept(answer));
    await scene.pass();
    const response = scene.peer.response("INVITE");
    expect(response.headers.get("Session-Expires")).toBe(expires);
    expect(response.headers.all("Require")).toEqual(required ? ["timer"] : []);
  });

  test("that we keep: UPDATE at half time, again and again", async () => {
    const { scene } = await call([
      ["Session-Expires", "100;refresher=uac"],
      ["Allow", "INVITE, update"],
    ]);
    for (let refresh = 0; refresh < 3; refresh += 1) {
      await scene.pass(49_000);
      expect(scene.peer.distinct).toHaveLength(refresh);
      await scene.pass(1100);
      expect(scene.peer.distinct).toHaveLength(refresh + 1);
      const update = scene.peer.request("UPDATE");
      expect(update.headers.get("Session-Expires")).toBe("100;refresher=uac");
      expect(update.body).toHaveLength(0);
      await scene.peer.answer(update, 200, { headers: [["Session-Expires", "100;refresher=uac"]] });
      await scene.pass(0);
    }
    expect(scene.told.call.open).toBe(true);
  });

  test("that we keep with a peer without UPDATE: re-INVITE with the description as it is", async () => {
    const { scene } = await call([["Session-Expires", "100;refresher=uac"]]);
    await scene.pass(50_500);
    const again = scene.peer.request("INVITE");
    expect(Buffer.from(again.body).toString()).toBe(offer);
    await scene.peer.answer(again, 200, {
      headers: [["Session-Expires", "100;refresher=uac"]],
      body: answer,
    });
    await scene.pass(10);
    expect(scene.peer.distinct).toEqual(["INVITE", "ACK"]);
    expect(scene.told.events).toEqual([]);
  });

  test("whose refresh is too short becomes longer", async () => {
    const { scene } = await call([
      ["Session-Expires", "100"],
      ["Allow", "UPDATE"],
    ]);
    await scene.pass(50_100);
    await scene.peer.answer(scene.peer.request("UPDATE"), 422, { headers: [["Min-SE", "500"]] });
    await scene.pass();
    expect(scene.peer.request("UPDATE").headers.get("Session-Expires")).toBe("500;refresher=uac");
  });

  test("whose refresh is refused for now is refreshed five seconds later", async () => {
    const { scene } = await call([
      ["Session-Expires", "100"],
      ["Allow", "UPDATE"],
    ]);
    await scene.pass(50_100);
    await scene.peer.answer(scene.peer.request("UPDATE"), 500);
    await scene.pass(5100);
    expect(scene.peer.names).toEqual(["UPDATE", "UPDATE"]);
  });

  test.each([
    ["the peer keeps and does not", "100;refresher=uas", 68_000],
    ["we keep and the peer refuses", "100;refresher=uac", 68_000],
  ])("that %s: BYE before it ends", async (_, expires, until) => {
    const { scene } = await call([
      ["Session-Expires", expires],
      ["Allow", "UPDATE"],
    ]);
    while (scene.clock.now() < 1_700_000_000_000 + until + 100) {
      await scene.pass(1000);
      const update = scene.peer.received.findLast((one) => one.kind === "request" && one.method === "UPDATE");
      if (update?.kind === "request") await scene.peer.answer(update, 500);
      if (scene.told.events.length > 0) break;
    }
    await scene.pass(0);
    expect(scene.clock.now() - 1_700_000_000_000).toBeLessThan(until + 200);
    expect(scene.told.events).toEqual(["lost: the session expired"]);
    expect(scene.peer.names.at(-1)).toBe("BYE");
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("of years is none that any timer of ours would end too soon", async () => {
    const { scene } = await call([["Session-Expires", "999999999"]]);
    await scene.pass(3_600_000);
    expect(scene.peer.names).toEqual([]);
    expect(Math.max(...scene.clock.pending)).toBeLessThan(2 ** 31);
  });

  test("that the peer keeps goes on with each of its refreshes", async () => {
    const { scene, invite } = await call([["Session-Expires", "100;refresher=uas"]]);
    for (let refresh = 2; refresh < 8; refresh += 1) {
      await scene.pass(60_000);
      const asked: HeaderPair[] = [
        ["Supported", "timer"],
        ["Session-Expires", "100;refresher=uac"],
      ];
      await scene.peer.askIn(invite, "UPDATE", refresh, { headers: asked });
      await scene.pass();
      expect(scene.peer.response("UPDATE").headers.get("Session-Expires")).toBe("100;refresher=uac");
    }
    expect(scene.told.call.open).toBe(true);
  });
});

describe("REFER of the peer's (RFC 3515)", () => {
  const transfer = async (
    { scene, invite }: { scene: Scene; invite: SipRequest },
    cseq = 2,
    to = "<sip:1002@10.0.0.9>",
  ): Promise<void> => {
    await scene.peer.askIn(invite, "REFER", cseq, { headers: [["Refer-To", to]] });
    await scene.pass();
  };

  test("is accepted: 202, NOTIFY 100, and what the application tells, in order", async () => {
    const called = await call();
    const { scene } = called;
    await transfer(called);
    expect(scene.told.events).toEqual(["refer sip:1002@10.0.0.9"]);
    expect(scene.told.refer?.replaces).toBeNull();
    const progress = scene.told.refer?.accept();
    progress?.notify(180);
    progress?.notify(200);
    progress?.notify(200);
    await scene.pass();
    const notified: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const notify = scene.peer.request("NOTIFY");
      const { headers, body } = notify;
      expect(headers.get("Event")).toBe("refer");
      expect(headers.get("Content-Type")).toBe("message/sipfrag;version=2.0");
      notified.push(`${headers.get("Subscription-State")} ${Buffer.from(body).toString().trim()}`);
      await scene.peer.answer(notify, 200);
      await scene.pass();
    }
    expect(notified).toEqual([
      "active;expires=60 SIP/2.0 100 Trying",
      "active;expires=60 SIP/2.0 180 Ringing",
      "terminated;reason=noresource SIP/2.0 200 OK",
    ]);
    expect(scene.peer.names.filter((name) => name === "NOTIFY")).toHaveLength(3);
    // A second one has to be told from the first.
    await transfer(called, 3);
    scene.told.refer?.accept();
    await scene.pass();
    expect(scene.peer.request("NOTIFY").headers.get("Event")).toBe("refer;id=3");
  });

  test("names the call to replace", async () => {
    const called = await call();
    await transfer(called, 2, "<sip:1002@10.0.0.9?Replaces=c%40x%3Bto-tag%3Dt%3Bfrom-tag%3Df>");
    expect(called.scene.told.events).toEqual(["refer sip:1002@10.0.0.9"]);
    expect(called.scene.told.refer?.replaces).toEqual({ callId: "c@x", remoteTag: "t", localTag: "f" });
  });

  test.each([
    ["refused", (scene: Scene) => scene.told.refer?.reject(403), "403 REFER"],
    ["not handled", (scene: Scene) => scene.told.refer?.reject(603), "603 REFER"],
  ])("is %s", async (_, act, name) => {
    const called = await call();
    await transfer(called);
    act(called.scene);
    // Once is enough.
    expect(called.scene.told.refer?.accept().notify(200)).toBeUndefined();
    await called.scene.pass();
    expect(called.scene.peer.names).toEqual([name]);
  });

  test("that nobody handles is 603, that nobody answers 504, of a call that ends 487", async () => {
    const unhandled = await call();
    unhandled.scene.told.call.handle({});
    await transfer(unhandled);
    expect(unhandled.scene.peer.names).toEqual(["603 REFER"]);
    const unanswered = await call();
    await transfer(unanswered);
    await unanswered.scene.pass(20_100);
    expect(unanswered.scene.peer.names[0]).toBe("504 REFER");
    const ended = await call();
    await transfer(ended);
    await ended.scene.peer.askIn(ended.invite, "BYE", 3);
    await ended.scene.pass();
    expect(ended.scene.peer.names.toSorted()).toEqual(["200 BYE", "487 REFER"]);
    expect(await ended.scene.left()).toEqual(nothingLeft);
  });

  test.each([
    ["without a target", [["Refer-To", ""]]],
    [
      "with two",
      [
        ["Refer-To", "<sip:a@b>"],
        ["Refer-To", "<sip:c@d>"],
      ],
    ],
    ["with one that is none", [["Refer-To", "<sip:"]]],
  ] as const)("%s is 400", async (_, headers) => {
    const { scene, invite } = await call();
    await scene.peer.askIn(invite, "REFER", 2, { headers });
    await scene.pass();
    expect(scene.peer.names).toEqual(["400 REFER"]);
    expect(scene.told.events).toEqual([]);
  });
});

describe("REFER of ours", () => {
  const asked = async (replaces?: {
    callId: string;
    localTag: string;
    remoteTag: string;
  }): Promise<{ scene: Scene; invite: SipRequest; told: string[]; status: Promise<number> }> => {
    const { scene, invite } = await call();
    const told: string[] = [];
    const status = scene.told.call.refer("sip:1002@example.org", replaces ? { replaces } : {}, {
      notified: ({ status: code, reason, final }) =>
        void told.push(`${code} ${reason}${final ? " final" : ""}`),
    });
    await scene.pass();
    return { scene, invite, told, status };
  };
  const notify = async (
    { scene, invite }: { scene: Scene; invite: SipRequest },
    cseq: number,
    body: string,
    headers: readonly HeaderPair[] = [],
  ): Promise<void> => {
    const usual: HeaderPair[] = [
      ["Event", "refer"],
      ["Subscription-State", "active;expires=60"],
      ["Content-Type", "message/sipfrag;version=2.0"],
    ];
    const given = new Map([...usual, ...headers]);
    await scene.peer.askIn(invite, "NOTIFY", cseq, { headers: [...given], body });
    await scene.pass();
  };

  test("is told by NOTIFY what became of it, the first before the answer as well", async () => {
    const transfer = await asked();
    const { scene, told, status } = transfer;
    const refer = scene.peer.request("REFER");
    expect(refer.headers.get("Refer-To")).toBe("<sip:1002@example.org>");
    expect(refer.headers.get("Referred-By")).toBe("<sip:us@example.org>");
    await notify(transfer, 2, "SIP/2.0 100 Trying\r\n");
    await scene.peer.answer(refer, 202);
    await notify(transfer, 3, "SIP/2.0 180 Ringing", [["Event", "refer;id=2"]]);
    await notify(transfer, 4, "SIP/2.0 200 OK\r\n", [["Subscription-State", "terminated;reason=noresource"]]);
    expect(await status).toBe(202);
    expect(told).toEqual(["100 Trying", "180 Ringing", "200 OK final"]);
    await notify(transfer, 5, "SIP/2.0 200 OK\r\n");
    expect(scene.peer.names.at(-1)).toBe("481 NOTIFY");
    expect(told).toHaveLength(3);
  });

  test("with Replaces names the tags as the third party has them", async () => {
    const { scene } = await asked({ callId: "c@x", localTag: "ours", remoteTag: "theirs" });
    expect(scene.peer.request("REFER").headers.get("Refer-To")).toBe(
      "<sip:1002@example.org?Replaces=c%40x%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours>",
    );
  });

  test("refused is told by its status, and nothing is subscribed", async () => {
    const transfer = await asked();
    await transfer.scene.peer.answer(transfer.scene.peer.request("REFER"), 403);
    await transfer.scene.pass();
    expect(await transfer.status).toBe(403);
    await notify(transfer, 2, "SIP/2.0 200 OK\r\n");
    expect(transfer.scene.peer.names.at(-1)).toBe("481 NOTIFY");
    expect(transfer.scene.told.call.open).toBe(true);
  });

  test.each([
    ["of another event", [["Event", "presence"]], "489 NOTIFY"],
    ["of another transfer", [["Event", "refer;id=77"]], "481 NOTIFY"],
  ] as const)("does not take a NOTIFY %s", async (_, headers, name) => {
    const transfer = await asked();
    await notify(transfer, 2, "SIP/2.0 200 OK\r\n", headers);
    expect(transfer.scene.peer.names.at(-1)).toBe(name);
    expect(transfer.told).toEqual([]);
  });

  test("to what is no URI is refused before it is sent", async () => {
    const { scene } = await call();
    await expect(scene.told.call.refer("nobody", {}, { notified: () => undefined })).rejects.toThrow(
      SipParseError,
    );
    await scene.pass();
    expect(scene.peer.names).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { answer, nothingLeft, offer } from "../../../../fakes/sip-pair.ts";
import { Scene } from "../../../../fakes/sip-peer.ts";

const us = "sip:us@10.0.0.1:5060";

describe("a request outside of calls is screened", () => {
  test.each([
    ["an unknown method", "FROBNICATE", us, [], "", 501, ["Allow", "INVITE"]],
    ["a method that we know and do not take", "SUBSCRIBE", us, [], "", 405, ["Allow", "INVITE"]],
    ["MESSAGE", "MESSAGE", us, [], "", 405, ["Allow", "INVITE"]],
    ["REGISTER", "REGISTER", us, [], "", 405, ["Allow", "INVITE"]],
    ["a URI that is no SIP URI", "INVITE", "tel:+4930", [], offer, 416, []],
    ["no hop left", "INVITE", us, [["Max-Forwards", "0"]], offer, 483, []],
    [
      "an extension that we lack",
      "INVITE",
      us,
      [["Require", "precondition, 100rel"]],
      offer,
      420,
      ["Unsupported", "precondition"],
    ],
    [
      "a body of another type",
      "INVITE",
      us,
      [["Content-Type", "text/plain"]],
      "x",
      415,
      ["Accept", "application/sdp"],
    ],
    [
      "a compressed body",
      "INVITE",
      us,
      [["Content-Encoding", "gzip"]],
      "x",
      415,
      ["Accept-Encoding", "identity"],
    ],
    ["no Contact", "INVITE", us, [["Contact", ""]], offer, 400, []],
    ["a Contact that is none", "INVITE", us, [["Contact", "<sip:>"]], offer, 400, []],
    ["a Record-Route that is none", "INVITE", us, [["Record-Route", "<sip:"]], offer, 400, []],
    [
      "a Replaces of a call that there is not",
      "INVITE",
      us,
      [["Replaces", "x;to-tag=1;from-tag=2"]],
      offer,
      481,
      [],
    ],
    ["a Replaces that is none", "INVITE", us, [["Replaces", "x"]], offer, 400, []],
    [
      "a session interval that is too short",
      "INVITE",
      us,
      [
        ["Supported", "timer"],
        ["Session-Expires", "60"],
      ],
      offer,
      422,
      ["Min-SE", "90"],
    ],
    ["BYE", "BYE", us, [], "", 481, []],
    ["INFO", "INFO", us, [], "", 481, []],
    ["UPDATE", "UPDATE", us, [], "", 481, []],
    ["PRACK", "PRACK", us, [["RAck", "1 1 INVITE"]], "", 481, []],
    ["CANCEL of nothing", "CANCEL", us, [], "", 481, []],
    ["REFER", "REFER", us, [["Refer-To", "<sip:x@y>"]], "", 603, []],
    ["NOTIFY of a transfer", "NOTIFY", us, [["Event", "refer"]], "", 481, []],
    [
      "NOTIFY of anything else",
      "NOTIFY",
      us,
      [["Event", "message-summary"]],
      "",
      489,
      ["Allow-Events", "refer"],
    ],
    ["in a dialog that there is not", "INVITE", us, [["To", "<sip:us@x>;tag=stranger"]], offer, 481, []],
  ] as const)("%s", async (_, method, uri, headers, body, status, [name, value]) => {
    const scene = await Scene.open();
    await scene.peer.ask(method, uri, { headers, body });
    await scene.pass();
    const response = scene.peer.response(method);
    expect(response.status).toBe(status);
    expect(name === undefined ? "" : response.headers.get(name)).toContain(value ?? "");
    expect(scene.told.events).toEqual([]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("OPTIONS is told what we can do, with no hop left as well", async () => {
    const scene = await Scene.open();
    await scene.peer.ask("OPTIONS", us, { headers: [["Max-Forwards", "0"]] });
    await scene.pass();
    const { status, headers } = scene.peer.response("OPTIONS");
    expect(status).toBe(200);
    expect(headers.get("To")).toContain(";tag=");
    expect(headers.all("Allow")).toContain("INVITE");
    expect(headers.all("Accept")).toContain("application/sdp");
    expect(headers.all("Supported")).toEqual(["100rel", "timer", "replaces"]);
    expect(headers.get("Server")).toBe("patchcord/test");
  });

  test("a body that may be ignored is", async () => {
    const scene = await Scene.open();
    await scene.called(
      [
        ["Content-Type", "application/isup"],
        ["Content-Disposition", "signal;handling=optional"],
      ],
      "x",
    );
    expect(scene.told.events).toEqual(["invite"]);
    expect(scene.told.ringing.sdp).toBeNull();
  });

  test("the same request by another way is 482, while the first is being dealt with", async () => {
    const scene = await Scene.open();
    await scene.called();
    await scene.called();
    expect(scene.peer.names).toEqual(["100 INVITE", "482 INVITE"]);
    expect(scene.told.events).toEqual(["invite"]);
  });

  test("what is not admitted is dropped without an answer or a trace, and counted", async () => {
    const scene = await Scene.open({ admit: ({ remote }) => remote.host !== "10.0.0.9" });
    await scene.called();
    await scene.peer.ask("OPTIONS", us);
    await scene.pass();
    expect(scene.peer.names).toEqual([]);
    expect(scene.agent.counts()).toEqual({ transactions: 0, dialogs: 0, timers: 0, dropped: 2 });
  });

  test("beyond the limits it is 503 with Retry-After: of calls with, of requests without a transaction", async () => {
    const scene = await Scene.open({ limits: { dialogs: 1, transactions: 3 } });
    await scene.called();
    await scene.called([["Call-ID", "second"]]);
    expect(scene.peer.names).toEqual(["100 INVITE", "503 INVITE"]);
    expect(scene.peer.response("INVITE").headers.get("Retry-After")).toBe("5");
    await scene.peer.ask("OPTIONS", us);
    await scene.peer.ask("OPTIONS", us);
    await scene.pass();
    expect(scene.peer.names.slice(2)).toEqual(["200 OPTIONS", "503 OPTIONS"]);
    const refused = scene.peer.response("OPTIONS");
    expect(refused.headers.get("Retry-After")).toBe("5");
  });
});

const flooded = async (): Promise<Scene> => {
  const scene = await Scene.open({ limits: { transactions: 2 } });
  await scene.called();
  for (let count = 0; count < 3; count += 1) await scene.peer.ask("OPTIONS", us);
  await scene.pass();
  expect(scene.peer.names).toEqual(["100 INVITE", "200 OPTIONS", "503 OPTIONS", "503 OPTIONS"]);
  return scene;
};

describe("a flood of requests keeps no call from ending", () => {
  test("by a BYE", async () => {
    const scene = await flooded();
    const { told, peer } = scene;
    told.take(told.ringing.accept(answer));
    await scene.pass();
    await peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await peer.ask("OPTIONS", us);
    await peer.ask("BYE", us, { headers: scene.dialogHeaders("BYE", 2) });
    await scene.pass();
    expect(peer.names.slice(-2)).toEqual(["503 OPTIONS", "200 BYE"]);
    expect(told.events).toContain("bye");
  });

  test("by a CANCEL of its INVITE, while that of no INVITE is turned away", async () => {
    const scene = await flooded();
    const { peer, told } = scene;
    const via = ["Via", scene.peer.response("INVITE").headers.get("Via") ?? ""] as const;
    await peer.ask("CANCEL", us, { headers: [via] });
    await scene.pass();
    expect(peer.names.slice(-2)).toEqual(["200 CANCEL", "487 INVITE"]);
    expect(told.events).toEqual(["invite", "canceled"]);
    await peer.ask("CANCEL", us);
    await scene.pass();
    expect(peer.names.at(-1)).toBe("503 CANCEL");
  });
});

describe("a call to us", () => {
  test("hears 100 at once, 180, 200 with our headers, and the ACK is waited for", async () => {
    const scene = await Scene.open();
    await scene.called([["Record-Route", "<sip:10.0.0.8;lr>"]]);
    const { told, peer } = scene;
    expect(told.ringing.callId).toBe("peer-call");
    told.ringing.ring({ headers: [["X-Ring", "1"]] });
    await scene.pass();
    expect(peer.names).toEqual(["100 INVITE", "180 INVITE"]);
    expect(peer.response("INVITE").headers.get("X-Ring")).toBe("1");
    expect(peer.response("INVITE").headers.has("Require")).toBe(false);
    const dialog = told.take(told.ringing.accept(answer, [["X-Answer", "2"]]));
    await scene.pass();
    const { headers, body } = peer.response("INVITE");
    expect(headers.get("Contact")).toBe("<sip:us@10.0.0.1:5060>");
    expect(headers.get("Record-Route")).toBe("<sip:10.0.0.8;lr>");
    expect(headers.get("X-Answer")).toBe("2");
    expect(Buffer.from(body).toString()).toBe(answer);
    await peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await scene.pass();
    expect(await dialog.acknowledged).toBeNull();
    // Twice a description, or twice an end, there is not.
    expect(() => told.ringing.accept(answer)).toThrow("already-accepted");
    told.ringing.reject(486);
    told.ringing.ring();
    await scene.pass();
    expect(peer.names).toEqual(["100 INVITE", "180 INVITE", "200 INVITE"]);
  });

  test("without a description is offered ours; the answer comes with the ACK", async () => {
    const scene = await Scene.open();
    await scene.called([], "");
    expect(scene.told.ringing.sdp).toBeNull();
    const dialog = scene.told.take(scene.told.ringing.accept(offer));
    await scene.pass();
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1), body: answer });
    await scene.pass();
    expect(await dialog.acknowledged).toBe(answer);
  });

  test("whose 2xx gets the ACK of another INVITE goes on asking for its own", async () => {
    const scene = await Scene.open();
    await scene.called();
    const dialog = scene.told.take(scene.told.ringing.accept(answer));
    await scene.pass();
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 2) });
    await scene.pass(600);
    expect(scene.peer.names).toEqual(["100 INVITE", "200 INVITE", "200 INVITE"]);
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await scene.pass(5000);
    expect(scene.peer.names).toHaveLength(3);
    expect(await dialog.acknowledged).toBeNull();
  });

  test.each(["UDP", "TCP"] as const)(
    "over %s, whose 2xx nobody acknowledges: it goes out from T1 to T2 for 32 s, then BYE",
    async (protocol) => {
      const scene = await Scene.open({}, protocol);
      await scene.called();
      const dialog = scene.told.take(scene.told.ringing.accept(answer));
      await scene.pass(31_900);
      // 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s.
      expect(scene.peer.names.filter((name) => name === "200 INVITE")).toHaveLength(11);
      expect(scene.peer.names).not.toContain("BYE");
      await scene.pass(200);
      expect(scene.peer.names.at(-1)).toBe("BYE");
      expect(scene.told.events).toEqual(["invite", "lost: the answer was not acknowledged"]);
      await expect(dialog.acknowledged).rejects.toMatchObject({ code: "not-confirmed" });
      expect(await scene.left()).toEqual(nothingLeft);
    },
  );

  test("hung up before its ACK: BYE waits for that", async () => {
    const scene = await Scene.open();
    await scene.called();
    const dialog = scene.told.take(scene.told.ringing.accept(answer));
    void dialog.bye([["Reason", "Q.850;cause=16"]]);
    expect(dialog.open).toBe(false);
    await scene.pass(300);
    expect(scene.peer.names).not.toContain("BYE");
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await scene.pass();
    expect(scene.peer.names.at(-1)).toBe("BYE");
    const bye = scene.peer.request("BYE");
    expect(bye.headers.get("Reason")).toBe("Q.850;cause=16");
    expect(bye.uri).toBe("sip:peer@10.0.0.9:5060");
    await scene.peer.answer(bye, 200);
    expect(await scene.left()).toEqual(nothingLeft);
    expect(scene.told.events).toEqual(["invite"]);
  });

  test("is refused with the application's headers, again and again until the ACK", async () => {
    const scene = await Scene.open();
    await scene.called();
    scene.told.ringing.reject(486, [["Reason", 'Q.850;cause=17;text="USER_BUSY"']]);
    await scene.pass(600);
    expect(scene.peer.names).toEqual(["100 INVITE", "486 INVITE", "486 INVITE"]);
    expect(scene.peer.response("INVITE").headers.get("Reason")).toBe('Q.850;cause=17;text="USER_BUSY"');
    expect(() => scene.told.ringing.accept(answer)).toThrow("already-ended");
    await scene.peer.ask("ACK", us, {
      headers: [["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"], ...scene.dialogHeaders("ACK", 1)],
    });
    await scene.pass(30_000);
    expect(scene.peer.names).toHaveLength(3);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test.each([200, 183, 700, Number.NaN])("is not refused with %s", async (status) => {
    const scene = await Scene.open();
    await scene.called();
    expect(() => scene.told.ringing.reject(status)).toThrow("invalid-request");
  });

  test("canceled: 200 to the CANCEL, 487 to the INVITE, and its reason is told", async () => {
    const scene = await Scene.open();
    await scene.called();
    scene.told.ringing.ring();
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"] as const;
    await scene.peer.ask("CANCEL", us, { headers: [via, ["Reason", "SIP;cause=200"]] });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "200 CANCEL", "487 INVITE"]);
    expect(scene.told.events).toEqual(["invite", "canceled"]);
    expect(scene.told.headers?.get("Reason")).toBe("SIP;cause=200");
    expect(() => scene.told.ringing.accept(answer)).toThrow("already-ended");
    // Told to whoever asks later, too.
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("canceled before the application listens is told when it does", async () => {
    const told: string[] = [];
    let call: { handle(handlers: { canceled(): void }): void } | undefined;
    const scene = await Scene.open({ handlers: { invite: (invite) => (call = invite) } });
    await scene.called();
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"] as const;
    await scene.peer.ask("CANCEL", us, { headers: [via] });
    await scene.pass();
    call?.handle({ canceled: () => void told.push("canceled") });
    expect(told).toEqual(["canceled"]);
  });

  test("canceled too late: the answer stands", async () => {
    const scene = await Scene.open();
    await scene.called();
    scene.told.take(scene.told.ringing.accept(answer));
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"] as const;
    await scene.peer.ask("CANCEL", us, { headers: [via] });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "200 INVITE", "200 CANCEL"]);
    expect(scene.told.call.open).toBe(true);
    expect(scene.told.events).toEqual(["invite"]);
  });

  test("ended by BYE while it rings", async () => {
    const scene = await Scene.open();
    await scene.called();
    scene.told.ringing.ring();
    await scene.pass();
    await scene.peer.ask("BYE", us, { headers: scene.dialogHeaders("BYE", 2) });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "200 BYE", "487 INVITE"]);
    expect(scene.told.events).toEqual(["invite", "canceled"]);
  });

  test("that is good for ten seconds ends after them", async () => {
    const scene = await Scene.open();
    await scene.called([["Expires", "10"]]);
    await scene.pass(9900);
    expect(scene.told.events).toEqual(["invite"]);
    await scene.pass(200);
    expect(scene.told.events).toEqual(["invite", "canceled"]);
    expect(scene.peer.names).toContain("487 INVITE");
  });

  test.each(["4000000", "-1", "soon"])("that is good for %s s is not ended for that", async (expires) => {
    const scene = await Scene.open();
    await scene.called([["Expires", expires]]);
    await scene.pass(1000);
    expect(scene.told.events).toEqual(["invite"]);
  });

  test("is refused 500 when the application throws", async () => {
    const scene = await Scene.open({
      handlers: {
        invite: () => {
          throw new Error("oops");
        },
      },
    });
    await scene.called();
    expect(scene.peer.names).toEqual(["100 INVITE", "500 INVITE"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("repeated is answered what was said last, and told once", async () => {
    const scene = await Scene.open();
    const invite = await scene.called();
    scene.told.ringing.ring();
    await scene.peer.send(invite);
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "180 INVITE"]);
    expect(scene.told.events).toEqual(["invite"]);
  });

  test("of a caller of RFC 2543, whose branches are not unique", async () => {
    const scene = await Scene.open();
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060"] as const;
    const invite = await scene.called([via]);
    await scene.peer.send(invite);
    await scene.pass();
    expect(scene.told.events).toEqual(["invite"]);
    scene.told.ringing.reject(486);
    await scene.pass();
    const to = scene.peer.response("INVITE").headers.get("To") ?? "";
    await scene.peer.ask("ACK", us, { headers: [via, ["To", to], ["CSeq", "1 ACK"]] });
    await scene.pass(30_000);
    expect(scene.peer.names).toEqual(["100 INVITE", "100 INVITE", "486 INVITE"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });
});

describe("a caller that takes reliable provisional responses (RFC 3262)", () => {
  const prack = async (scene: Scene, sequence: string, cseq: number): Promise<void> => {
    const rack = ["RAck", `${sequence} 1 INVITE`] as const;
    await scene.peer.ask("PRACK", us, { headers: [...scene.dialogHeaders("PRACK", cseq), rack] });
    await scene.pass();
  };
  const sequenceOf = (scene: Scene): string => scene.peer.response("INVITE").headers.get("RSeq") ?? "";

  test("hears early media so, again and again until its PRACK, and 200 only then", async () => {
    const scene = await Scene.open();
    await scene.called([["Supported", "100rel"]]);
    scene.told.ringing.ring();
    scene.told.ringing.ring({ status: 183, sdp: answer });
    const dialog = scene.told.take(scene.told.ringing.accept(answer));
    await scene.pass(1600);
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "183 INVITE", "183 INVITE", "183 INVITE"]);
    const sequence = sequenceOf(scene);
    expect(scene.peer.response("INVITE").headers.get("Require")).toBe("100rel");
    await prack(scene, String(Number(sequence) + 1), 2);
    expect(scene.peer.names.at(-1)).toBe("481 PRACK");
    await prack(scene, sequence, 3);
    expect(scene.peer.names.slice(-2).toSorted()).toEqual(["200 INVITE", "200 PRACK"]);
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await scene.pass();
    await expect(dialog.acknowledged).resolves.toBeNull();
  });

  test("and insists on them hears every one so, one after the other", async () => {
    const scene = await Scene.open();
    await scene.called([["Require", "100rel"]]);
    scene.told.ringing.ring();
    scene.told.ringing.ring({ status: 183, sdp: answer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE"]);
    const first = sequenceOf(scene);
    await prack(scene, first, 2);
    expect(scene.peer.names.slice(2).toSorted()).toEqual(["183 INVITE", "200 PRACK"]);
    expect(sequenceOf(scene)).toBe(String(Number(first) + 1));
  });

  test("and sends no PRACK: 504 after 32 s, which is told", async () => {
    const scene = await Scene.open();
    await scene.called([["Require", "100rel"]]);
    scene.told.ringing.ring();
    await scene.pass(32_100);
    expect(scene.peer.names).toContain("504 INVITE");
    expect(scene.told.events).toEqual(["invite", "canceled"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test.each([
    [
      "cancels while our answer waits for a PRACK: 487, and the dialog is over",
      "CANCEL",
      "487 INVITE",
      "bye",
    ],
    [
      "never sends the PRACK that our answer waits for: 504, and the dialog is over",
      "",
      "504 INVITE",
      "lost: a provisional response was not acknowledged",
    ],
  ])("and %s", async (_, method, status, event) => {
    const scene = await Scene.open();
    await scene.called([["Require", "100rel"]]);
    scene.told.ringing.ring();
    const dialog = scene.told.take(scene.told.ringing.accept(answer));
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"] as const;
    if (method !== "") await scene.peer.ask(method, us, { headers: [via] });
    await scene.pass(33_000);
    expect(scene.peer.names).toContain(status);
    expect(scene.peer.names).not.toContain("200 INVITE");
    expect(scene.told.events).toEqual(["invite", event]);
    expect(dialog.open).toBe(false);
    await expect(dialog.acknowledged).rejects.toMatchObject({ code: "not-confirmed" });
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("and is hung up on while our answer waits for a PRACK: 480", async () => {
    const scene = await Scene.open();
    await scene.called([["Require", "100rel"]]);
    scene.told.ringing.ring();
    const dialog = scene.told.take(scene.told.ringing.accept(answer));
    await dialog.bye();
    await scene.pass();
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "480 INVITE"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("and is refused meanwhile: nothing is repeated any more", async () => {
    const scene = await Scene.open();
    await scene.called([["Require", "100rel"]]);
    scene.told.ringing.ring();
    scene.told.ringing.reject(486);
    await scene.pass();
    const via = ["Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer1"] as const;
    await scene.peer.ask("ACK", us, { headers: [via, ...scene.dialogHeaders("ACK", 1)] });
    await scene.pass(6000);
    expect(scene.peer.names).toEqual(["100 INVITE", "180 INVITE", "486 INVITE"]);
    expect(scene.agent.counts().timers).toBe(0);
  });

  test("and sends no offer is offered ours so, and answers in its PRACK", async () => {
    const scene = await Scene.open();
    await scene.called([["Supported", "100rel"]], "");
    scene.told.ringing.ring({ status: 183, sdp: offer });
    await scene.pass();
    const rack = ["RAck", `${sequenceOf(scene)} 1 INVITE`] as const;
    await scene.peer.ask("PRACK", us, { headers: [...scene.dialogHeaders("PRACK", 2), rack], body: answer });
    await scene.pass();
    expect(scene.peer.names.at(-1)).toBe("200 PRACK");
    const dialog = scene.told.take(scene.told.ringing.accept(offer));
    await scene.pass();
    await scene.peer.ask("ACK", us, { headers: scene.dialogHeaders("ACK", 1) });
    await scene.pass();
    expect(await dialog.acknowledged).toBe(answer);
  });

  test("and offers once more in its PRACK: 488, which acknowledges all the same", async () => {
    const scene = await Scene.open();
    await scene.called([["Supported", "100rel"]]);
    scene.told.ringing.ring({ status: 183, sdp: answer });
    await scene.pass();
    const rack = ["RAck", `${sequenceOf(scene)} 1 INVITE`] as const;
    await scene.peer.ask("PRACK", us, { headers: [...scene.dialogHeaders("PRACK", 2), rack], body: offer });
    await scene.pass(2000);
    expect(scene.peer.names).toEqual(["100 INVITE", "183 INVITE", "488 PRACK"]);
  });

  test.each([
    ["without a description: 200", "", "200 UPDATE"],
    ["with an offer while theirs has no answer: 500", offer, "500 UPDATE"],
  ])("and sends UPDATE while it rings %s", async (_, body, name) => {
    const scene = await Scene.open();
    await scene.called([["Supported", "100rel"]]);
    scene.told.ringing.ring();
    await scene.pass();
    await scene.peer.ask("UPDATE", us, { headers: scene.dialogHeaders("UPDATE", 2), body });
    await scene.pass();
    expect(scene.peer.names.at(-1)).toBe(name);
  });
});

describe("Replaces (RFC 3891)", () => {
  test.each([
    ["is handed to the application with the dialog that it names", "", "invite"],
    ["for an early dialog only, and it is answered: 486", ";early-only", ""],
  ])("%s", async (_, suffix, event) => {
    const scene = await Scene.open();
    await scene.established();
    const { callId, localTag, remoteTag } = scene.told.call;
    scene.told.events.length = 0;
    await scene.called([["Replaces", `${callId};to-tag=${localTag};from-tag=${remoteTag}${suffix}`]]);
    expect(scene.told.events).toEqual(event === "" ? [] : [event]);
    expect(scene.peer.names.at(-1)).toBe(event === "" ? "486 INVITE" : "100 INVITE");
    expect(event === "" ? scene.told.call : scene.told.ringing.replaces).toBe(scene.told.call);
  });

  test("of a call that is ending: 603", async () => {
    const scene = await Scene.open();
    await scene.established();
    const { callId, localTag, remoteTag } = scene.told.call;
    void scene.told.call.bye();
    await scene.called([["Replaces", `${callId};to-tag=${localTag};from-tag=${remoteTag}`]]);
    expect(scene.peer.names.at(-1)).toBe("603 INVITE");
  });

  test("goes out with the tags as the other side has them", async () => {
    const scene = await Scene.open();
    scene.invite({ replaces: { callId: "c", localTag: "ours", remoteTag: "theirs" } });
    await scene.pass();
    expect(scene.peer.request("INVITE").headers.get("Replaces")).toBe("c;to-tag=theirs;from-tag=ours");
  });
});

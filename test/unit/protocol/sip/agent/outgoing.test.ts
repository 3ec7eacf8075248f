import { describe, expect, test } from "vitest";
import { answer, nothingLeft, offer } from "../../../../fakes/sip-pair.ts";
import { Scene } from "../../../../fakes/sip-peer.ts";

const challenge = 'Digest realm="example.org", nonce="n1", qop="auth", algorithm=MD5';
const credentials = { username: "us", password: "secret" };

describe("an INVITE of ours", () => {
  test("says who we are, and quotes the caller's name", async () => {
    const scene = await Scene.open();
    scene.invite({
      from: { displayName: 'Al "the\\Man" Ice', uri: "sip:01001@example.org" },
      headers: [["X-Patchcord-Ref", "abc"]],
    });
    await scene.pass();
    const { headers, uri, body } = scene.peer.request("INVITE");
    expect(uri).toBe("sip:peer@10.0.0.9");
    expect(headers.get("From")).toMatch(/^"Al theMan Ice" <sip:01001@example\.org>;tag=\S+$/);
    expect(headers.get("To")).toBe("<sip:peer@10.0.0.9>");
    expect(headers.get("Contact")).toBe("<sip:us@10.0.0.1:5060>");
    expect(headers.get("Via")).toMatch(/^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;branch=z9hG4bK[^;]+;rport/);
    expect(headers.get("Max-Forwards")).toBe("70");
    expect(headers.get("X-Patchcord-Ref")).toBe("abc");
    expect(headers.all("Supported")).toEqual(["100rel", "timer", "replaces"]);
    expect(headers.has("Require")).toBe(false);
    expect(headers.get("Content-Type")).toBe("application/sdp");
    expect(Buffer.from(body).toString()).toBe(offer);
  });

  test.each([
    ["Via", "SIP/2.0/UDP x"],
    ["contact", "<sip:x>"],
    ["l", "4"],
    ["X-Safe", "a\r\nEvil: b"],
  ])("is refused with %s: %j of the application's", async (name, value) => {
    const scene = await Scene.open();
    expect(() => scene.invite({ headers: [[name, value]] })).toThrow(/invalid-request|unsafe-text/);
    await scene.pass();
    expect(scene.peer.names).toEqual([]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("goes out eight times in 32 s and has failed then, as 408", async () => {
    const scene = await Scene.open();
    scene.invite();
    await scene.pass(31_900);
    expect(scene.peer.names).toEqual(Array.from({ length: 7 }, () => "INVITE"));
    expect(scene.told.events).toEqual([]);
    await scene.pass(200);
    expect(scene.told.events).toEqual(["rejected 408"]);
    expect(scene.told.headers).toBeNull();
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("answers a challenge with the next CSeq; its ACK bears the same credentials", async () => {
    const scene = await Scene.open();
    scene.invite({ credentials });
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 407, {
      headers: [["Proxy-Authenticate", challenge]],
    });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "INVITE"]);
    const again = scene.peer.request("INVITE");
    expect(again.headers.get("CSeq")).toBe("2 INVITE");
    expect(again.headers.get("Proxy-Authorization")).toMatch(
      /^Digest username="us", realm="example\.org", nonce="n1", uri="sip:peer@10\.0\.0\.9"/,
    );
    await scene.peer.answer(again, 200, { body: answer });
    await scene.pass();
    const ack = scene.peer.request("ACK");
    expect(ack.headers.get("CSeq")).toBe("2 ACK");
    expect(ack.headers.get("Proxy-Authorization")).toBe(again.headers.get("Proxy-Authorization"));
  });

  test.each([
    ["the password is wrong", challenge, ["INVITE", "ACK", "INVITE", "ACK"]],
    ["the challenge cannot be answered", "Basic realm=x", ["INVITE", "ACK", "ACK"]],
  ])("has failed when %s", async (_, asked, names) => {
    const scene = await Scene.open();
    scene.invite({ credentials });
    for (let turn = 0; turn < 2; turn += 1) {
      await scene.pass();
      await scene.peer.answer(scene.peer.request("INVITE"), 401, { headers: [["WWW-Authenticate", asked]] });
    }
    await scene.pass();
    expect(scene.peer.names).toEqual(names);
    expect(scene.told.events).toEqual(["rejected 401"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("is sent again when the nonce was stale, three times at most", async () => {
    const scene = await Scene.open();
    scene.invite({ credentials });
    for (let turn = 0; turn < 6; turn += 1) {
      await scene.pass();
      const stale = `Digest realm="r", nonce="n${turn}", stale=true`;
      await scene.peer.answer(scene.peer.request("INVITE"), 401, { headers: [["WWW-Authenticate", stale]] });
    }
    await scene.pass();
    expect(scene.peer.names.filter((name) => name === "INVITE")).toHaveLength(4);
    expect(scene.told.events).toEqual(["rejected 401"]);
  });

  test("is redirected nowhere: 302 is told with its headers", async () => {
    const scene = await Scene.open();
    scene.invite();
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 302, { headers: [["Contact", "<sip:other@x>"]] });
    await scene.pass();
    expect(scene.told.events).toEqual(["rejected 302"]);
    expect(scene.told.headers?.get("Contact")).toBe("<sip:other@x>");
  });

  test("that is too large for a datagram goes over TCP, and over UDP where nobody takes TCP", async () => {
    const scene = await Scene.open();
    const large = { sdp: offer + "a=x\r\n".repeat(300) };
    scene.invite(large);
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE"]);
    expect(scene.peer.request("INVITE").headers.get("Via")).toContain("SIP/2.0/UDP");
    scene.network.transport("TCP", "10.0.0.9", 5060, {
      message: (message) => void scene.peer.received.push(message),
      disconnected: () => undefined,
    });
    scene.invite(large);
    await scene.pass();
    // Ten minutes long it is not tried again.
    expect(scene.peer.request("INVITE").headers.get("Via")).toContain("SIP/2.0/UDP");
    await scene.pass(600_000);
    scene.invite(large);
    await scene.pass();
    const { headers } = scene.peer.request("INVITE");
    expect(headers.get("Via")).toMatch(/^SIP\/2\.0\/TCP 10\.0\.0\.1:5060;branch=[^;]+$/);
  });
});

describe("a 2xx", () => {
  test("is acknowledged again, by the same ACK, each time it comes again", async () => {
    const scene = await Scene.open();
    const invite = await scene.established();
    await scene.peer.answer(invite, 200, { body: answer });
    await scene.pass(20_000);
    await scene.peer.answer(invite, 200, { body: answer });
    await scene.pass();
    const acks = scene.peer.received.filter((one) => one.kind === "request" && one.method === "ACK");
    expect(acks).toHaveLength(3);
    expect(new Set(acks.map(({ headers }) => headers.get("Via"))).size).toBe(1);
    expect(scene.told.events).toEqual(["accepted with sdp"]);
  });

  test("of every other fork gets ACK and BYE, of the first ACK", async () => {
    const scene = await Scene.open();
    const invite = await scene.established();
    const contact = ["Contact", "<sip:fork@10.0.0.9:5060>"] as const;
    await scene.peer.answer(invite, 200, { tag: "fork", headers: [contact], body: answer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "ACK", "BYE"]);
    const bye = scene.peer.request("BYE");
    expect(bye.headers.get("To")).toContain("tag=fork");
    expect(bye.uri).toBe("sip:fork@10.0.0.9:5060");
    expect(scene.told.call.open).toBe(true);
    await scene.peer.answer(invite, 200, { tag: "fork", headers: [contact], body: answer });
    await scene.pass();
    expect(scene.peer.names.filter((name) => name === "BYE")).toHaveLength(1);
    expect(scene.peer.names.filter((name) => name === "ACK")).toHaveLength(3);
  });

  test("without a session description is acknowledged and ended", async () => {
    const scene = await Scene.open();
    await scene.established([], "");
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "BYE"]);
    expect(scene.told.events).toEqual(["rejected 488"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("sets route and target: loose routes, nearest first; a strict one the old way", async () => {
    const loose = await Scene.open();
    await loose.established([
      ["Record-Route", "<sip:10.0.0.8;lr>, <sip:10.0.0.9;lr>"],
      ["Contact", "<sip:far@10.0.0.7>"],
    ]);
    const ack = loose.peer.request("ACK");
    expect(ack.uri).toBe("sip:far@10.0.0.7");
    expect(ack.headers.all("Route")).toEqual(["<sip:10.0.0.9;lr>", "<sip:10.0.0.8;lr>"]);

    const strict = await Scene.open();
    await strict.established([
      ["Record-Route", "<sip:10.0.0.9>"],
      ["Contact", "<sip:far@10.0.0.7>"],
    ]);
    const old = strict.peer.request("ACK");
    expect(old.uri).toBe("sip:10.0.0.9");
    expect(old.headers.all("Route")).toEqual(["<sip:far@10.0.0.7>"]);
  });

  test("whose Contact names a host is answered where it came from", async () => {
    const scene = await Scene.open();
    await scene.established([["Contact", "<sip:peer@pbx.example.org:5066>"]]);
    expect(scene.peer.request("ACK").uri).toBe("sip:peer@pbx.example.org:5066");
  });
});

describe("CANCEL", () => {
  test("waits for the first provisional response", async () => {
    const scene = await Scene.open();
    scene.invite().cancel([["Reason", "SIP;cause=200"]]);
    await scene.pass(100);
    expect(scene.peer.names).toEqual(["INVITE"]);
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 100);
    await scene.pass();
    const cancel = scene.peer.request("CANCEL");
    expect(cancel.headers.get("Via")).toBe(invite.headers.get("Via"));
    expect(cancel.headers.get("CSeq")).toBe("1 CANCEL");
    expect(cancel.headers.get("To")).toBe(invite.headers.get("To"));
    expect(cancel.headers.get("Reason")).toBe("SIP;cause=200");
    await scene.peer.answer(cancel, 200);
    await scene.peer.answer(invite, 487);
    await scene.pass();
    expect(scene.told.events).toEqual(["rejected 487"]);
    expect(scene.peer.names).toEqual(["INVITE", "CANCEL", "ACK"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("crossed by a 2xx: that gets ACK and BYE, the application hears 487", async () => {
    const scene = await Scene.open();
    const call = scene.invite();
    await scene.pass();
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 180);
    await scene.pass();
    call.cancel();
    call.cancel();
    await scene.peer.answer(invite, 200, { body: answer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "CANCEL", "ACK", "BYE"]);
    expect(scene.told.events).toEqual(["180", "rejected 487"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("crossed by a busy: the application hears that", async () => {
    const scene = await Scene.open();
    const call = scene.invite();
    await scene.pass();
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 180);
    await scene.pass();
    call.cancel();
    await scene.peer.answer(invite, 486);
    await scene.pass();
    expect(scene.told.events).toEqual(["180", "rejected 486"]);
  });

  test("that nobody heeds: 487 after 32 s", async () => {
    const scene = await Scene.open();
    const call = scene.invite();
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 180);
    await scene.pass();
    call.cancel();
    await scene.pass(32_100);
    expect(scene.told.events).toEqual(["180", "rejected 487"]);
    expect(await scene.left()).toEqual(nothingLeft);
  });

  test("of a call that is challenged meanwhile: no second INVITE", async () => {
    const scene = await Scene.open();
    const call = scene.invite({ credentials });
    await scene.pass();
    call.cancel();
    await scene.peer.answer(scene.peer.request("INVITE"), 401, {
      headers: [["WWW-Authenticate", challenge]],
    });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "ACK"]);
    expect(scene.told.events).toEqual(["rejected 401"]);
  });

  test("ends a ringing that says nothing new for three minutes (timer C)", async () => {
    const scene = await Scene.open();
    scene.invite();
    await scene.pass();
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 180);
    await scene.pass(170_000);
    await scene.peer.answer(invite, 180);
    await scene.pass(170_000);
    expect(scene.peer.names).toEqual(["INVITE"]);
    await scene.pass(15_000);
    expect(scene.peer.names.filter((name) => name === "CANCEL")).not.toHaveLength(0);
    await scene.peer.answer(invite, 487);
    await scene.pass();
    expect(scene.told.events).toEqual(["180", "180", "rejected 487"]);
  });
});

describe("a reliable provisional response (RFC 3262)", () => {
  const reliable = (sequence: number): [string, string][] => [
    ["Require", "100rel"],
    ["RSeq", String(sequence)],
  ];

  test("is acknowledged by PRACK in its early dialog, once, in order", async () => {
    const scene = await Scene.open();
    scene.invite();
    await scene.pass();
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 183, { headers: reliable(7), body: answer });
    await scene.pass();
    const prack = scene.peer.request("PRACK");
    expect(prack.headers.get("RAck")).toBe("7 1 INVITE");
    expect(prack.headers.get("CSeq")).toBe("2 PRACK");
    expect(prack.uri).toBe("sip:peer@10.0.0.9:5060");
    expect(prack.headers.get("To")).toContain("tag=peer");
    await scene.peer.answer(prack, 200);
    // Again, and one too early: neither is told nor acknowledged.
    await scene.peer.answer(invite, 183, { headers: reliable(7), body: answer });
    await scene.peer.answer(invite, 180, { headers: reliable(9) });
    await scene.pass();
    expect(scene.told.events).toEqual(["183 with sdp"]);
    await scene.peer.answer(invite, 180, { headers: reliable(8) });
    await scene.pass();
    expect(scene.told.events).toEqual(["183 with sdp", "180"]);
    expect(scene.peer.names.filter((name) => name === "PRACK")).toHaveLength(2);
    await scene.peer.answer(scene.peer.request("PRACK"), 200);
    // Its answer was the call's: the 2xx needs none.
    await scene.peer.answer(invite, 200);
    await scene.pass();
    expect(scene.told.events.at(-1)).toBe("accepted");
    // The dialog's numbers go on from those of the PRACKs.
    void scene.told.call.bye();
    await scene.pass();
    expect(scene.peer.request("BYE").headers.get("CSeq")).toBe("4 BYE");
  });

  test.each([
    ["without a description is accepted", "", "200"],
    ["with an offer meets ours, which has no answer", offer, "491"],
  ])("an UPDATE in the early dialog %s", async (_, body, status) => {
    const scene = await Scene.open();
    scene.invite();
    await scene.pass();
    const invite = scene.peer.request("INVITE");
    await scene.peer.answer(invite, 180);
    await scene.pass();
    await scene.peer.askIn(invite, "UPDATE", 1, { body });
    await scene.pass();
    expect(scene.peer.names.at(-1)).toBe(`${status} UPDATE`);
  });
});

describe("the application", () => {
  test("that throws when it is told of the answer has its call ended", async () => {
    const scene = await Scene.open();
    scene.agent.invite(
      {
        target: "sip:peer@10.0.0.9",
        to: scene.peer.address,
        from: { uri: "sip:us@example.org" },
        sdp: offer,
      },
      {
        provisional: () => undefined,
        accepted: () => {
          throw new Error("oops");
        },
        rejected: () => undefined,
      },
    );
    await scene.pass();
    await scene.peer.answer(scene.peer.request("INVITE"), 200, { body: answer });
    await scene.pass();
    expect(scene.peer.names).toEqual(["INVITE", "ACK", "BYE"]);
  });

  test("is told 503 of a call beyond the limit, later", async () => {
    const scene = await Scene.open({ limits: { dialogs: 1 } });
    scene.invite();
    scene.invite();
    expect(scene.told.events).toEqual([]);
    await scene.pass();
    expect(scene.told.events).toEqual(["rejected 503"]);
    expect(scene.peer.names).toEqual(["INVITE"]);
  });
});

test("closing cancels and hangs up, waits four seconds and settles everything", async () => {
  const scene = await Scene.open();
  const invite = await scene.established();
  expect(invite.method).toBe("INVITE");
  scene.invite();
  await scene.pass();
  await scene.peer.answer(scene.peer.request("INVITE"), 180, { tag: "second" });
  await scene.pass();
  const info = scene.told.call.info("text/plain", "x");
  const closed = scene.agent.close();
  await scene.pass(5000);
  await closed;
  expect(await info).toBe(503);
  expect(scene.peer.names).toContain("BYE");
  expect(scene.peer.names).toContain("CANCEL");
  expect(scene.told.events).toContain("rejected 503");
  expect(() => scene.invite()).toThrow("shutting-down");
  const { transactions, dialogs, timers } = scene.agent.counts();
  expect({ transactions, dialogs, timers }).toEqual(nothingLeft);
  expect(scene.clock.pending).toEqual([]);
});

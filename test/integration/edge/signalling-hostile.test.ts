import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClientFrames } from "../../../src/contract/index.ts";
import { restWorld } from "../../fakes/rest.ts";
import { online } from "../../fakes/rtc-client.ts";

const invite = { type: "invite", id: "a", to: "1002", sdp: "v=0", media: "audio" };

describe("a frame that is none is refused, and the connection goes on:", () => {
  test.for<[string, unknown, string, string?]>([
    ["no JSON", "{", "invalid-request"],
    ["no object", "null", "invalid-request"],
    ["a list", [invite], "invalid-request"],
    ["a number", "1e999", "invalid-request"],
    ["nested a thousandfold", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "invalid-request"],
    ["no type", { ref: "1" }, "invalid-request", "1"],
    ["an unknown type", { type: "drop-tables", ref: "1" }, "invalid-request", "1"],
    ["a type out of the prototype", { type: "__proto__", ref: "1" }, "invalid-request", "1"],
    ["a type that is a list", { type: ["invite"], ref: "1" }, "invalid-request", "1"],
    ["one of a later version", { type: "hold", id: "a", ref: "1" }, "invalid-request", "1"],
    [
      "reattach, which has nothing to give back",
      { type: "reattach", session: "s", ref: "1" },
      "invitation-not-found",
      "1",
    ],
    ["an unknown member", { ...invite, ref: "1", admin: true }, "invalid-request", "1"],
    ["a member missing", { type: "invite", ref: "1", to: "1002" }, "invalid-request", "1"],
    ["a member of another type", { ...invite, ref: "1", sdp: 7 }, "invalid-request", "1"],
    ["an endless id", { type: "cancel", ref: "1", id: "x".repeat(65) }, "invalid-request", "1"],
    ["an id with a line break", { type: "cancel", ref: "1", id: "a\r\nb" }, "unsafe-text", "1"],
    ["half a character in the id", String.raw`{"type":"cancel","ref":"1","id":"\ud800"}`, "unsafe-text", "1"],
    [
      "half a character in the content",
      `${JSON.stringify({ ...invite, ref: "1" }).slice(0, -1)},"content":"\\udfff"}`,
      "unsafe-text",
      "1",
    ],
    ["a NUL in the session description", { ...invite, ref: "1", sdp: "v=0\u0000" }, "unsafe-text", "1"],
    ["a line break in the channel's id", { ...invite, ref: "1", channelId: "a\nb" }, "unsafe-text", "1"],
    [
      "a line break in a candidate",
      {
        type: "candidate",
        ref: "1",
        id: "a",
        candidate: { candidate: "a\r\nb", sdpMid: null, sdpMLineIndex: null },
      },
      "unsafe-text",
      "1",
    ],
    ["a SIP URI to dial", { ...invite, ref: "1", to: "sip:x@evil.example" }, "invalid-number", "1"],
    ["a line break to dial", { ...invite, ref: "1", to: "1002\r\nX: y" }, "unsafe-text", "1"],
    ["a dial string", { ...invite, ref: "1", to: "{a=b}user/1002" }, "invalid-number", "1"],
    ["22 digits to dial", { ...invite, ref: "1", to: "1".repeat(22) }, "invalid-number", "1"],
    ["Arabic digits to dial", { ...invite, ref: "1", to: "\u0661\u0662" }, "invalid-number", "1"],
    ["digits that are none", { type: "dtmf", ref: "1", id: "a", digits: "1,2" }, "invalid-request", "1"],
    ["a ref with a line break", { ...invite, ref: "a\nb" }, "unsafe-text"],
    ["a ref that is a number", { ...invite, ref: 1 }, "invalid-request"],
    ["an endless ref", { ...invite, ref: "x".repeat(65) }, "invalid-request"],
    [
      "content that is too long",
      { ...invite, ref: "1", content: "\u20ac".repeat(2731) },
      "content-too-long",
      "1",
    ],
    [
      "a session description that is too long",
      { ...invite, ref: "1", sdp: "x".repeat(32_769) },
      "invalid-request",
      "1",
    ],
    ["a cancel of nothing", { type: "cancel", ref: "1", id: "nobody" }, "not-started", "1"],
    ["an accept of nothing", { type: "accept", ref: "1", id: "nobody", sdp: "x" }, "not-started", "1"],
  ])("%s", async ([, frame, code, ref]) => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    const answer = await client.ask(frame);
    expect(answer).toMatchObject({ type: "error", code });
    expect("ref" in answer ? answer.ref : undefined).toBe(ref);
    expect(world.exchange.placed).toEqual([]);
    expect(await client.ask({ ...invite, ref: "2" })).toMatchObject({
      type: "state",
      state: "sent",
      ref: "2",
    });
  });

  test("whatever it is: there is an answer, in JSON, and the next frame is taken", async () => {
    await using world = await restWorld({
      signalling: { frames: { burst: 1e9, perSecond: 1, patience: 1 } },
    });
    const client = await online(world, "1001");
    const member = fc.oneof(
      fc.string({ unit: "binary", maxLength: 70 }),
      fc.constantFrom("a", "1002", "audio", "", "\u0000", "\r\n"),
      fc.integer(),
      fc.constant(null),
      fc.record({ candidate: fc.string(), sdpMid: fc.constant(null), sdpMLineIndex: fc.integer() }),
    );
    const names = [
      "id",
      "ref",
      "to",
      "sdp",
      "media",
      "content",
      "digits",
      "candidate",
      "response",
      "reason",
      "x",
    ];
    const frame = fc
      .tuple(
        fc.oneof(fc.constantFrom(...Object.keys(ClientFrames)), fc.string()),
        fc.dictionary(fc.constantFrom(...names), member),
      )
      .map(([type, members]) => JSON.stringify({ type, ...members }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(frame, fc.json(), fc.string({ unit: "grapheme" })), async (text) => {
        client.send(text);
        // Two requests of which one is certainly answered, and last.
        client.send({ type: "cancel", id: "the-last-one", ref: "the-last-one" });
        for (;;) {
          const answer = await client.next();
          expect(["state", "done", "error"]).toContain(answer.type);
          expect(answer).not.toMatchObject({ code: "internal" });
          if ("ref" in answer && answer.ref === "the-last-one") break;
        }
      }),
      { numRuns: 400 },
    );
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });
});

describe("a client is sent away that", () => {
  test("sends bytes instead of text", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.socket.send(Buffer.from(JSON.stringify(invite)));
    expect(await client.closed).toEqual({ code: 1003, reason: "frames are JSON text" });
    expect(world.exchange.placed).toEqual([]);
  });

  test("sends a giant frame", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    const other = await online(world, "1002");
    client.socket.send("x".repeat(65_537));
    expect((await client.closed).code).toBe(1009);
    expect(await other.ask({ ...invite, ref: "1" })).toMatchObject({ state: "sent" });
  });

  test("sends text that is no UTF-8", async () => {
    await using world = await restWorld();
    const client = await online(world, "1001");
    client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect((await client.closed).code).toBe(1007);
  });

  test("sends more than it may: first its frames are refused, then it", async () => {
    const frames = { burst: 5, perSecond: 1, patience: 3 };
    await using world = await restWorld({ signalling: { frames } });
    const client = await online(world, "1001");
    for (let at = 0; at < 9; at += 1) client.send({ type: "cancel", id: "x", ref: String(at) });
    const codes: unknown[] = [];
    for (let at = 0; at < 8; at += 1) codes.push(await client.next());
    expect(codes.map((one) => (one as { code: string }).code)).toEqual([
      ...Array<string>(5).fill("not-started"),
      ...Array<string>(3).fill("rate-limited"),
    ]);
    expect(await client.closed).toEqual({ code: 1008, reason: "too many frames" });
  });

  test("reads nothing", async () => {
    await using world = await restWorld({ signalling: { outbox: { socketBytes: 64 * 1024, waiting: 100 } } });
    const client = await online(world, "1001");
    const other = await online(world, "1002");
    client.send(invite);
    await client.next();
    const { events, asked } = world.exchange.last;
    client.socket.pause();
    for (let at = 0; at < 400; at += 1) events.progress("x".repeat(30_000));
    expect(await other.ask({ ...invite, ref: "1" })).toMatchObject({ state: "sent" });
    world.clock.advance(5_000);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
    await expect.poll(() => asked).toEqual(["end ORIGINATOR_CANCEL by network"]);
  });
});

test("frames that may come again, come with time", async () => {
  await using world = await restWorld({ signalling: { frames: { burst: 2, perSecond: 1, patience: 100 } } });
  const client = await online(world, "1001");
  const code = async (): Promise<unknown> => {
    const answer = await client.ask({ type: "cancel", id: "x", ref: "1" });
    return (answer as { code: string }).code;
  };
  expect([await code(), await code(), await code()]).toEqual(["not-started", "not-started", "rate-limited"]);
  world.clock.advance(1000);
  expect([await code(), await code()]).toEqual(["not-started", "rate-limited"]);
});

test("one user's ids, and another's, are nothing to each other over the wire", async () => {
  await using world = await restWorld();
  const ann = await online(world, "1001");
  const bob = await online(world, "1002");
  await ann.ask(invite);
  expect(await bob.ask({ type: "cancel", id: "a", ref: "1" })).toMatchObject({ code: "not-started" });
  const { id } = world.exchange.last.request;
  expect(await bob.ask({ type: "cancel", id, ref: "1" })).toMatchObject({ code: "not-started" });
  expect(await ann.ask({ type: "cancel", id: "a", ref: "1" })).toMatchObject({ state: "canceled" });
});

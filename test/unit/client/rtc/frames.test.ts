import { assert, json, oneof, property, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { parseFrame } from "../../../../src/client/sdk/rtc/frames.ts";
import type { ServerFrame } from "../../../../src/contract/index.ts";

const good: readonly ServerFrame[] = [
  {
    type: "welcome",
    user: "2001",
    displayName: "Ada",
    session: "s",
    iceServers: [{ urls: ["turn:turn.example"], username: "u", credential: "c" }],
    limits: { content: 8192, response: 8192, channelId: 64 },
    expiresAt: 1,
  },
  { type: "ready" },
  {
    type: "invitation",
    id: "i",
    from: { number: "1001", name: "" },
    sdp: "v=0",
    media: "audio",
    number: "02001",
  },
  { type: "state", id: "i", state: "failed", cause: "offline", sip: 480, ref: "1" },
  { type: "progress", id: "i", sdp: "v=0" },
  { type: "answer", id: "i", sdp: "v=0" },
  { type: "candidate", id: "i", candidate: { candidate: "", sdpMid: null, sdpMLineIndex: null } },
  { type: "dtmf", id: "i", digits: "1" },
  { type: "done", ref: "1" },
  { type: "ended", id: "i", cause: "NORMAL_CLEARING", sip: 200, by: "caller" },
  { type: "error", code: "not-started", detail: "…" },
];

test.each(good)("$type is read as it was sent", (frame) => {
  expect(parseFrame(JSON.stringify(frame))).toEqual(frame);
});

test.each(good)("$type without one of its members, or with one of another kind, is none", (frame) => {
  const optional = new Set(["type", "cause", "ref"]);
  for (const name of Object.keys(frame)) {
    if (optional.has(name) || (frame.type === "state" && name === "sip")) continue;
    expect(parseFrame(JSON.stringify({ ...frame, [name]: undefined }))).toBeUndefined();
    expect(parseFrame(JSON.stringify({ ...frame, [name]: null }))).toBeUndefined();
    expect(parseFrame(JSON.stringify({ ...frame, [name]: true }))).toBeUndefined();
  }
});

test("an invitation's caller has a number and a name", () => {
  const from = { number: "1001" };
  expect(
    parseFrame(JSON.stringify({ type: "invitation", id: "i", from, sdp: "", media: "audio", number: "1" })),
  ).toBeUndefined();
});

test.each([
  "",
  "null",
  "[]",
  "1",
  '"ready"',
  "{",
  '{"type":"hold"}',
  '{"type":"constructor"}',
  '{"type":"__proto__"}',
  '{"type":["ready"]}',
])("%s is no frame", (text) => {
  expect(parseFrame(text)).toBeUndefined();
});

test("whatever arrives is a frame of a known type, or none", () => {
  const types = new Set(good.map(({ type }) => type));
  assert(
    property(oneof(string(), json(), uint8Array()), (data) => {
      const frame = parseFrame(data);
      expect(frame === undefined || types.has(frame.type)).toBe(true);
    }),
  );
});

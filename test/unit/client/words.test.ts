import { describe, expect, test } from "vitest";
import { eventWords, inOurWords, whyUnanswered } from "../../../src/client/cli/words.ts";
import type { Call } from "../../../src/contract/index.ts";

test.for([
  ["say onExisting skip or replace", "say --on-existing skip or replace"],
  ["x; see GET /extensions for those", "x; see `npx patchcord extensions list` for those"],
  ["body/template/displayName must be shorter", "--name must be shorter"],
  ["timeoutSeconds is a whole number", "--timeout is a whole number"],
  ["callerIdNumber is 1 to 32 digits", "--caller-id-number is 1 to 32 digits"],
  ["body/ttlSeconds must be >= 1", "--ttl must be >= 1"],
  ["the switch is down", "the switch is down"],
])("%s", ([said, ours]) => {
  expect(inOurWords(said ?? "")).toBe(ours);
});

const line = (type: string, data: Record<string, unknown>, node: string | null = "h:1"): string =>
  eventWords({ id: "e-1", time: 1_700_000_000_000, type, node, data });

describe("an event in a line", () => {
  const start = "2023-11-14 22:13:20Z  e-1  h:1";

  test.for<[string, Record<string, unknown>, string]>([
    ["call.created", { call: "C", from: { number: "1001" }, to: { number: "1002" } }, "C  1001 → 1002"],
    ["call.ringing", { call: "C", leg: "L", number: "1002" }, "C  1002"],
    ["call.answered", { call: "C", state: "active" }, "C"],
    ["call.bridged", { call: "C", leg: "A", with: "B" }, "C  A with B"],
    ["call.held", { call: "C", leg: "A" }, "C  A"],
    ["call.transferred", { call: "C", leg: "A", to: "1003" }, "C  A to 1003"],
    ["call.dtmf", { call: "C", digits: "1", by: "phone" }, "C  1 by phone"],
    ["call.ended", { call: "C", cause: "USER_BUSY" }, "C  USER_BUSY"],
    ["call.ended", { call: "C", cause: "MERGED", mergedInto: "D" }, "C  became part of D"],
    ["node.down", { reason: "it went" }, "it went"],
    [
      "node.resynced",
      { channels: 2, registrations: 3, reason: "connected" },
      "connected: 2 channels, 3 registrations",
    ],
    [
      "registration.offline",
      { user: "1", domain: "d", contact: "sip:x", reason: "expired" },
      "1@d sip:x: expired",
    ],
    [
      "gateway.unregistered",
      { account: "1000", switch: "127.0.0.1:5060", reason: "403 Forbidden" },
      "as 1000 with 127.0.0.1:5060: 403 Forbidden",
    ],
    ["webclient.online", { user: "1001", displayName: "Ann", devices: 1 }, "01001 Ann"],
    [
      "invitation.changed",
      { invitation: "I", direction: "incoming", from: { number: "1002" }, to: "01001", state: "received" },
      "I  incoming 1002 → 01001 received",
    ],
    [
      "invitation.changed",
      {
        invitation: "I",
        direction: "outgoing",
        from: { number: "01001" },
        to: "9",
        state: "failed",
        why: "offline",
        cause: "X",
      },
      "I  outgoing 01001 → 9 failed: offline",
    ],
    ["operation.failed", { call: "C", verb: "hold", detail: "no", code: "x" }, "C  hold: no (x)"],
  ])("%s %o", ([type, data, words]) => {
    expect(line(type, data)).toBe(`${start}  ${type}  ${words}`);
  });

  test("of an unknown type shows its data; of one that lacks what it should have, a dash", () => {
    expect(line("switch.X", { a: 1 }, null)).toBe('2023-11-14 22:13:20Z  e-1  switch.X  {"a":1}');
    expect(line("call.ended", { cause: {} })).toBe(`${start}  call.ended  -`);
  });

  test("a gap says what to do", () => {
    expect(eventWords({ type: "events.gap", gap: true, since: "e-0" })).toBe(
      "events were lost after e-0: run `npx patchcord calls` to see what is so now",
    );
  });
});

const party = (number: string) => ({ number, name: "" });

const call = (cause: string | null, ...answered: (number | null)[]) =>
  ({
    from: party("1001"),
    to: party("1002"),
    cause,
    legs: answered.map((answeredAt) => ({ answeredAt })),
  }) as unknown as Call;

describe("why a call was not answered", () => {
  test("names who was called last, and the cause", () => {
    expect(whyUnanswered(call("USER_BUSY", null))).toBe("1001 is busy (USER_BUSY)");
    expect(whyUnanswered(call("USER_BUSY", 1, null))).toBe("1002 is busy (USER_BUSY)");
    expect(whyUnanswered(call("INTERWORKING", null))).toBe("the call to 1001 failed (INTERWORKING)");
    expect(whyUnanswered(call(null))).toBe("the call to 1001 failed (no cause is known)");
  });
});

import { expect, test } from "vitest";
import {
  durationOf,
  endingOf,
  sentenceFor,
  type EndedCall,
} from "../../../src/client/console/phone/words.ts";
import type { CauseName, FailedWhy } from "../../../src/core/invitations/index.ts";

// The compiler wants every cause and every reason here: a new one is a sentence to write.
const causes: Record<CauseName | FailedWhy, true> = {
  NORMAL_CLEARING: true,
  USER_BUSY: true,
  NO_ANSWER: true,
  NO_USER_RESPONSE: true,
  SUBSCRIBER_ABSENT: true,
  CALL_REJECTED: true,
  ORIGINATOR_CANCEL: true,
  LOSE_RACE: true,
  PICKED_OFF: true,
  USER_NOT_REGISTERED: true,
  UNALLOCATED_NUMBER: true,
  NO_ROUTE_DESTINATION: true,
  NUMBER_CHANGED: true,
  INVALID_NUMBER_FORMAT: true,
  EXCHANGE_ROUTING_ERROR: true,
  FACILITY_REJECTED: true,
  INCOMPATIBLE_DESTINATION: true,
  DESTINATION_OUT_OF_ORDER: true,
  NORMAL_TEMPORARY_FAILURE: true,
  SWITCH_CONGESTION: true,
  NETWORK_OUT_OF_ORDER: true,
  NORMAL_UNSPECIFIED: true,
  NORMAL_CIRCUIT_CONGESTION: true,
  RECOVERY_ON_TIMER_EXPIRE: true,
  MEDIA_TIMEOUT: true,
  SYSTEM_SHUTDOWN: true,
  OUTGOING_CALL_BARRED: true,
  BLIND_TRANSFER: true,
  ATTENDED_TRANSFER: true,
  offline: true,
  "no-response": true,
  expired: true,
  media: true,
  switch: true,
};
const nobodysFault = new Set(["NORMAL_CLEARING", "ORIGINATOR_CANCEL"]);

const call = (end: Partial<EndedCall["end"]>, more: Partial<EndedCall> = {}): EndedCall => ({
  direction: "outgoing",
  who: "Grace",
  number: "1002",
  end: { state: "failed", cause: "", sip: 0, by: "ours", ...end },
  ...more,
});

test.each(Object.keys(causes).filter((cause) => !nobodysFault.has(cause)))("%s has a sentence", (cause) => {
  expect(sentenceFor(cause, "Grace", "1002")).toMatch(/^[A-Z0-9].*\.$/);
});

test("a cause that nobody wrote a sentence for is told by its SIP status, else by its name", () => {
  expect(endingOf(call({ cause: "NEW", sip: 486 })).text).toBe("Grace is busy.");
  expect(endingOf(call({ cause: "NEW", sip: 499 })).text).toContain("NEW, SIP 499");
  expect(endingOf(call({ cause: "toString", sip: 0 })).text).toContain("toString");
});

test("a telephone system without a free port, or that stops, is not taken for a firewall or for busy lines", () => {
  expect(endingOf(call({ cause: "media", sip: 503 })).text).toMatch(
    /takes no more calls now, or is restarting/,
  );
  expect(endingOf(call({ cause: "switch", sip: 503 })).text).toMatch(
    /takes no more calls now, or is restarting/,
  );
  expect(endingOf(call({ cause: "media", sip: 502 })).text).toMatch(/firewall/);
});

test.each([
  ["outgoing", "caller", "You hung up."],
  ["outgoing", "callee", "Grace hung up."],
  ["incoming", "caller", "Grace hung up."],
  ["incoming", "callee", "You hung up."],
  ["outgoing", "ours", "The call ended."],
  ["outgoing", "network", "The connection was lost."],
] as const)("an %s call that the %s ended: %s", (direction, by, words) => {
  const end = { state: "accepted", cause: "NORMAL_CLEARING", sip: 200, by } as const;
  expect(endingOf(call(end, { direction })).text).toBe(words);
});

test("an incoming call that nobody took was missed, and one taken elsewhere was not", () => {
  const incoming = { direction: "incoming" } as const;
  expect(endingOf(call({ state: "canceled", cause: "ORIGINATOR_CANCEL" }, incoming))).toEqual({
    text: "You missed a call from Grace.",
    tone: "notice",
  });
  expect(endingOf(call({ state: "canceled", cause: "LOSE_RACE" }, incoming)).tone).toBe("normal");
});

test.each([
  [0, "0:00"],
  [59_999, "0:59"],
  [83_000, "1:23"],
  [3_723_000, "1:02:03"],
  [-5, "0:00"],
])("%i ms are %s", (milliseconds, words) => {
  expect(durationOf(milliseconds)).toBe(words);
});

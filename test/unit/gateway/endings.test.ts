import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/base/index.ts";
import { ending, type CauseName } from "../../../src/core/invitations/index.ts";
import {
  endingOf,
  endOf,
  outcomeOf,
  reasonHeaders,
  reasonsOf,
  refusalStatus,
} from "../../../src/gateway/endings.ts";
import { Headers, parseReason } from "../../../src/protocol/sip/index.ts";

const of = (status: number, ...reasons: string[]): CauseName =>
  endingOf(
    status,
    reasons.map((text) => parseReason(text)),
  ).cause;

describe("how SIP says that a call ended", () => {
  // Seen on the wire of FreeSWITCH 1.11, or written by its mod_sofia.c (sofia_on_hangup).
  test.each<[number, string[], CauseName]>([
    [200, [], "NORMAL_CLEARING"],
    [200, ['Q.850;cause=16;text="NORMAL_CLEARING"'], "NORMAL_CLEARING"],
    [486, ['Q.850;cause=17;text="USER_BUSY"'], "USER_BUSY"],
    [486, [], "USER_BUSY"],
    [600, [], "USER_BUSY"],
    [480, ['Q.850;cause=19;text="NO_ANSWER"'], "NO_ANSWER"],
    [480, ['Q.850;cause=20;text="SUBSCRIBER_ABSENT"'], "SUBSCRIBER_ABSENT"],
    [480, ['SIP;cause=606;text="USER_NOT_REGISTERED"'], "USER_NOT_REGISTERED"],
    [480, [], "NO_USER_RESPONSE"],
    [408, [], "RECOVERY_ON_TIMER_EXPIRE"],
    [408, ["Q.850;cause=18"], "NO_USER_RESPONSE"],
    [603, ['Q.850;cause=21;text="CALL_REJECTED"'], "CALL_REJECTED"],
    [403, [], "CALL_REJECTED"],
    [404, ['Q.850;cause=1;text="UNALLOCATED_NUMBER"'], "UNALLOCATED_NUMBER"],
    [404, ['Q.850;cause=3;text="NO_ROUTE_DESTINATION"'], "NO_ROUTE_DESTINATION"],
    [487, [], "ORIGINATOR_CANCEL"],
    [487, ['SIP;cause=487;text="ORIGINATOR_CANCEL"'], "ORIGINATOR_CANCEL"],
    [487, ['SIP;cause=200;text="Call completed elsewhere"'], "LOSE_RACE"],
    [488, ['Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"'], "INCOMPATIBLE_DESTINATION"],
    [503, [], "NORMAL_TEMPORARY_FAILURE"],
    [403, ['Q.850;cause=52;text="OUTGOING_CALL_BARRED"'], "OUTGOING_CALL_BARRED"],
    // The first that says something we know.
    [486, ["X-Other;cause=1", "Q.850;cause=17"], "USER_BUSY"],
    [480, ["Q.850;cause=126"], "NO_USER_RESPONSE"],
    [480, ['SIP;cause=999;text="SOMETHING_ELSE"'], "NO_USER_RESPONSE"],
    [480, ['SIP;cause=1;text="constructor"'], "NO_USER_RESPONSE"],
    [499, [], "NORMAL_UNSPECIFIED"],
  ])("%i %j is %s", (status, reasons, cause) => {
    expect(of(status, ...reasons)).toBe(cause);
  });

  test("tells on the status of a refusal as it was", () => {
    expect(endingOf(600)).toEqual({ ...ending("USER_BUSY"), sip: 600 });
    expect(endingOf(200)).toEqual(ending("NORMAL_CLEARING"));
  });

  test("reads over what is malformed", () => {
    const headers = new Headers();
    headers.append("Reason", ";;");
    headers.append("Reason", 'Q.850;cause=17;text="USER_BUSY"');
    expect(endingOf(480, reasonsOf(headers)).cause).toBe("USER_BUSY");
    expect(reasonsOf(null)).toEqual([]);
  });
});

describe("how we say it", () => {
  test("a Q.850 Reason where the cause has a number there", () => {
    expect(reasonHeaders(ending("USER_BUSY"))).toEqual([["Reason", 'Q.850;cause=17;text="USER_BUSY"']]);
    expect(reasonHeaders(ending("ORIGINATOR_CANCEL"))).toEqual([]);
    expect(reasonHeaders(ending("MEDIA_TIMEOUT"))).toEqual([]);
  });

  test("what is no refusal refuses as unavailable", () => {
    expect(refusalStatus(ending("NORMAL_CLEARING"))).toBe(480);
    expect(refusalStatus(ending("NO_ANSWER"))).toBe(408);
  });
});

describe("what an end means for an invitation", () => {
  test.each<[CauseName, string, string | undefined]>([
    ["USER_BUSY", "refused", undefined],
    ["CALL_REJECTED", "refused", undefined],
    ["ORIGINATOR_CANCEL", "canceled", undefined],
    ["LOSE_RACE", "canceled", undefined],
    ["SUBSCRIBER_ABSENT", "failed", "offline"],
    ["USER_NOT_REGISTERED", "failed", "offline"],
    ["NO_USER_RESPONSE", "failed", "no-response"],
    ["NO_ANSWER", "failed", "expired"],
    ["INCOMPATIBLE_DESTINATION", "failed", "media"],
    ["UNALLOCATED_NUMBER", "refused", undefined],
    ["OUTGOING_CALL_BARRED", "refused", undefined],
    ["NETWORK_OUT_OF_ORDER", "failed", "switch"],
  ])("%s is %s %s", (cause, state, why) => {
    expect(outcomeOf({ ending: ending(cause) })).toEqual(why === undefined ? { state } : { state, why });
  });
});

test.each([
  ["media-refused", "INCOMPATIBLE_DESTINATION"],
  ["media-failed", "DESTINATION_OUT_OF_ORDER"],
  ["no-free-port", "SWITCH_CONGESTION"],
  ["not-confirmed", "RECOVERY_ON_TIMER_EXPIRE"],
  ["internal", "NORMAL_TEMPORARY_FAILURE"],
] as const)("the failure %s ends a session with %s", (code, cause) => {
  expect(endOf(new Failure(code, "")).ending.cause).toBe(cause);
  expect(endOf(new Error("a bug")).ending.cause).toBe("NORMAL_TEMPORARY_FAILURE");
});

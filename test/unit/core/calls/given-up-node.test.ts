import { expect, test } from "vitest";
import type { DomainEvent } from "../../../../src/base/index.ts";
import { Calls } from "../../../../src/core/calls/index.ts";
import { hangup, node, snapshot, switchProcess } from "./synthetic.ts";

const answered = { channel: { answeredAt: 1500, callState: "ACTIVE" } } as const;

function talking() {
  const events: DomainEvent[] = [];
  const calls = new Calls({ publish: (event) => events.push(event) });
  const event = switchProcess();
  calls.apply(event("CHANNEL_CREATE", "a"));
  calls.apply(event("CHANNEL_ANSWER", "a", answered));
  const types = (): string[] => events.splice(0).map(({ type, data }) => `${type} ${String(data["state"])}`);
  types();
  return { calls, event, types };
}

test("calls of a switch that stays away end, once", () => {
  const { calls, types } = talking();
  calls.request({ id: "R", from: party, to: party, node, time: 5000 });
  calls.requestAccepted("R", 5000);
  types();
  calls.giveUpNode("other", 9000);
  expect(types()).toEqual([]);
  calls.giveUpNode(node, 9000);
  calls.giveUpNode(node, 9500);
  expect(types()).toEqual(["call.ended ended", "call.ended ended"]);
  expect(calls.get("a")).toMatchObject({ state: "ended", cause: "NETWORK_OUT_OF_ORDER", endedAt: 9000 });
  expect(calls.get("R")).toMatchObject({ state: "ended", cause: "NETWORK_OUT_OF_ORDER" });
  expect(calls.list({ live: true })).toEqual([]);
});

const party = { number: "1001", name: "" };

test("what it still has when it returns goes on under its id, and ends again", () => {
  const { calls, event, types } = talking();
  const id = calls.get("a")?.id;
  calls.giveUpNode(node, 9000);
  types();
  calls.resync(node, "core-1", [snapshot("a", { facts: answered.channel })], 20_000);
  expect(types()).toEqual(["call.answered active"]);
  expect(calls.get("a")).toMatchObject({ id, state: "active", endedAt: null, cause: null });
  expect(calls.liveLegs(node)).toEqual(["a"]);
  calls.apply(event("CHANNEL_HANGUP_COMPLETE", "a", hangup));
  expect(types()).toEqual(["call.ended ended"]);
  expect(calls.get("a")).toMatchObject({ id, cause: "NORMAL_CLEARING" });
});

test("what it no longer has when it returns stays ended", () => {
  const { calls, types } = talking();
  calls.giveUpNode(node, 9000);
  types();
  calls.resync(node, "core-2", [], 20_000);
  expect(types()).toEqual([]);
  expect(calls.get("a")).toMatchObject({ state: "ended", cause: "NETWORK_OUT_OF_ORDER" });
});

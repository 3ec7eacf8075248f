import { expect, test } from "vitest";
import { type DomainEvent, systemIds } from "../../../../src/base/index.ts";
import { Calls, References, webParty } from "../../../../src/core/calls/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";
import { hangup, snapshot, switchProcess } from "./synthetic.ts";

function made() {
  const references = new References({ ids: systemIds, clock: new ManualClock() });
  const published: DomainEvent[] = [];
  const calls = new Calls({
    publish: (event) => published.push(event),
    webUserOf(reference, bearer) {
      const referred = references.claim(reference, bearer);
      return referred && webParty(referred);
    },
  });
  return { references, calls, published };
}

const proxy = { callerNumber: "1000", callerName: "Proxy" };
const fromAnn = {
  kind: "from-web-user",
  user: "77",
  displayName: "Ann",
  invitation: "invitation-1",
} as const;
const toAnn = { kind: "to-web-user", user: "77", uuid: "caller", number: "077" } as const;

test("a web user's call is shown as that user's, whatever the switch shows", () => {
  const { references, calls, published } = made();
  const reference = references.issue(fromAnn);
  const tell = switchProcess();
  calls.apply(tell("CHANNEL_CREATE", "a", { channel: { ...proxy, reference } }));
  // The dialplan took the header from the channel.
  calls.apply(tell("CHANNEL_ANSWER", "a", { channel: { ...proxy, callState: "ACTIVE" } }));
  const [call] = calls.list();
  expect(call).toMatchObject({
    from: { number: "077", name: "Ann" },
    to: { number: "1002", name: "" },
    legs: [{ uuid: "a", number: "077", name: "Ann", reference }],
  });
  expect(published[0]?.data).toMatchObject({ from: { number: "077", name: "Ann" } });
});

test("a web user that is called bears its number at once and its name once a device answered", () => {
  const { references, calls, published } = made();
  const reference = references.issue(toAnn);
  const tell = switchProcess();
  const callee = { direction: "outbound", destination: "1000", relatedTo: "caller", reference } as const;
  calls.apply(tell("CHANNEL_CREATE", "caller", { channel: { destination: "077" } }));
  calls.apply(tell("CHANNEL_CREATE", "callee", { channel: callee }));
  calls.apply(tell("CHANNEL_PROGRESS", "callee", { channel: callee }));
  expect(calls.list()[0]).toMatchObject({
    from: { number: "1001", name: "Ann" },
    to: { number: "077", name: "" },
    legs: [{ reference: null }, { number: "077", name: "", reference }],
  });
  expect(published.find(({ type }) => type === "call.ringing")?.data).toMatchObject({ number: "077" });
  references.answered(reference, "Ann");
  calls.apply(tell("CHANNEL_ANSWER", "callee", { channel: { ...callee, callState: "ACTIVE" } }));
  expect(calls.list()[0]).toMatchObject({
    to: { number: "077", name: "Ann" },
    legs: [{}, { number: "077", name: "Ann" }],
  });
});

test("both sides of a call that was asked for are shown by the name that became known", () => {
  const { references, calls } = made();
  const reference = references.issue({ ...toAnn, uuid: null });
  references.answered(reference, "Ann");
  const tell = switchProcess();
  calls.request({
    id: "asked",
    from: { number: "077", name: "" },
    to: { number: "1002", name: "" },
    node: "lab:8021",
    time: 1,
  });
  const first = { direction: "outbound", destination: "1000", requestedCall: "asked", reference } as const;
  calls.apply(tell("CHANNEL_CREATE", "first", { channel: first }));
  expect(calls.get("asked")).toMatchObject({
    from: { number: "077", name: "Ann" },
    to: { number: "1002", name: "" },
  });
});

test("it stays a web user's when the reference is long forgotten, and after a resync", () => {
  const { references, calls } = made();
  const reference = references.issue(fromAnn);
  const tell = switchProcess();
  const kept = snapshot("a", { facts: { ...proxy, reference, callState: "ACTIVE", answeredAt: 1500 } });
  calls.resync("lab:8021", "core-1", [kept], 2000);
  expect(calls.list()[0]?.from).toEqual({ number: "077", name: "Ann" });
  references.retire(reference);
  calls.apply(
    tell("CHANNEL_HANGUP_COMPLETE", "a", { ...hangup, channel: { ...proxy, callState: "HANGUP" } }),
  );
  expect(calls.list()[0]).toMatchObject({ state: "ended", from: { number: "077", name: "Ann" } });
});

test.each([
  ["that we did not issue", () => "forged"],
  ["of a call to a web user", (references: References) => references.issue(toAnn)],
  [
    "that another channel showed first",
    (references: References) => {
      const reference = references.issue(fromAnn);
      references.claim(reference, { uuid: "first", direction: "inbound" });
      return reference;
    },
  ],
])("a phone that shows a reference %s is a phone", (_, referenceOf) => {
  const { references, calls } = made();
  const tell = switchProcess();
  calls.apply(tell("CHANNEL_CREATE", "a", { channel: { reference: referenceOf(references) } }));
  calls.apply(tell("CHANNEL_CREATE", "b", { channel: { reference: "forged" } }));
  expect(calls.list().map(({ from, legs }) => [from.number, legs[0]?.reference])).toEqual([
    ["1001", null],
    ["1001", null],
  ]);
});

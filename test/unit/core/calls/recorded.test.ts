import { describe, expect, test } from "vitest";
import { expected } from "./expected.ts";
import { eventsOf, ledger, namer, node, recordings, told } from "./streams.ts";

const request = {
  id: "REQUESTED",
  from: { number: "1001", name: "" },
  to: { number: "1002", name: "" },
  node,
  time: 1,
};

test("every recording is expected to become something", () => {
  expect(Object.keys(expected).toSorted()).toEqual(recordings.toSorted());
});

describe.each(recordings)("%s", (recorded) => {
  const events = eventsOf(recorded);
  const name = namer(events);

  test("becomes these calls, told in this order", () => {
    const { calls, published } = ledger();
    for (const event of events) calls.apply(event);
    expect(told(published, name)).toEqual(expected[recorded]?.told);
    const shown = calls.list().toReversed();
    expect(
      shown.map(({ id, from, to, answeredAt, cause, mergedInto, legs }) => {
        const answered = answeredAt === null ? "unanswered" : "answered";
        const into = mergedInto === null ? "" : ` into ${mergedInto}`;
        const names = legs.length === 0 ? "" : `: ${legs.map(({ uuid }) => name(uuid)).join(" ")}`;
        return `${id} ${from.number} → ${to.number}, ${answered}, ${cause}${into}${names}`;
      }),
    ).toEqual(expected[recorded]?.calls);
  });

  test("is found by the uuid of each leg, with the events of its timeline", () => {
    const { calls, published } = ledger();
    for (const event of events) calls.apply(event);
    for (const { channel } of events)
      expect(calls.get(channel.uuid)?.legs.map(({ uuid }) => uuid)).toContain(channel.uuid);
    for (const { id } of calls.list()) {
      const types = published.filter(({ data }) => data["call"] === id).map(({ type }) => type);
      expect(calls.timeline(id).map(({ type }) => type)).toEqual(types);
    }
  });
});

function played(recorded: string): { lines: string[]; answeredAt: number | null | undefined } {
  const { calls, published } = ledger();
  const events = eventsOf(recorded);
  calls.request(request);
  for (const event of events) calls.apply(event);
  calls.requestAccepted(request.id, 2);
  return { lines: told(published, namer(events)), answeredAt: calls.get(request.id)?.answeredAt };
}

describe("a call that Patchcord asked for", () => {
  test("is answered when the second side answers", () => {
    const { lines, answeredAt } = played("originate-bridge");
    expect(lines).toEqual([
      "REQUESTED created [ringing]",
      "REQUESTED ringing 1001 [ringing]",
      "REQUESTED ringing 1002 [ringing]",
      "REQUESTED answered [active]",
      "REQUESTED bridged 1001 with 1002 [active]",
      "REQUESTED ended NORMAL_CLEARING [ended]",
    ]);
    const answer = eventsOf("originate-bridge").findLast(({ name }) => name === "CHANNEL_ANSWER");
    expect(answeredAt).toBe(answer?.channel.answeredAt);
  });

  test("was never answered when the second side was busy", () => {
    const { lines, answeredAt } = played("originate-second-busy");
    expect(lines).toEqual([
      "REQUESTED created [ringing]",
      "REQUESTED ringing 1001 [ringing]",
      "REQUESTED ended USER_BUSY [ended]",
    ]);
    expect(answeredAt).toBeNull();
  });

  test("transfers nobody by being sent into the dialplan", () => {
    expect(played("originate-transfer").lines.filter((line) => line.includes("transferred"))).toEqual([]);
  });

  test("ends only once the switch has said that nothing comes of it", () => {
    const { calls, published } = ledger();
    const events = eventsOf("originate-busy");
    calls.request(request);
    for (const event of events) calls.apply(event);
    expect(calls.get(request.id)?.state).toBe("ringing");
    calls.requestFailed(request.id, "USER_BUSY", 3);
    expect(told(published, namer(events))).toEqual([
      "REQUESTED created [ringing]",
      "REQUESTED ended USER_BUSY [ended]",
    ]);
  });
});

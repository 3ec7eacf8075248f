import { describe, expect, test } from "vitest";
import { Failure, reasonOf } from "../../../../src/base/index.ts";
import { asked, incoming, moved, outgoing } from "../../../../src/core/invitations/transitions.ts";

/** Legal moves as interface.md tells them, "Signalling for web users". */
const legal = {
  outgoing: {
    idle: "sent failed",
    sent: "received accepted refused canceled failed",
    received: "accepted refused canceled failed",
    accepted: "",
    refused: "",
    canceled: "",
    failed: "",
  },
  incoming: {
    idle: "received",
    received: "acceptSent refused canceled failed",
    acceptSent: "accepted canceled failed",
    accepted: "",
    refused: "",
    canceled: "",
    failed: "",
  },
} as const;

/** What a frame comes to in each state: the state after it, or the code of its error. */
const frames = {
  outgoing: {
    states: "idle        sent         received     accepted         refused       canceled      failed",
    invite: "sent        already-sent already-sent already-sent     already-sent  already-sent  already-sent",
    cancel:
      "not-started canceled     canceled     already-accepted already-ended already-ended already-ended",
    hangup:
      "not-started not-started  not-started  accepted         already-ended already-ended already-ended",
    dtmf: "  not-started not-started  not-started  accepted         already-ended already-ended already-ended",
    candidate:
      "not-started sent      received     accepted         already-ended already-ended already-ended",
  },
  incoming: {
    states: "  idle        received    acceptSent       accepted         refused       canceled      failed",
    received:
      "not-started received    already-accepted already-accepted already-ended already-ended already-ended",
    accept:
      "  not-started acceptSent  already-accepted already-accepted already-ended already-ended already-ended",
    refuse:
      "  not-started refused     already-accepted already-accepted already-ended already-ended already-ended",
    hangup:
      "  not-started not-started canceled         accepted         already-ended already-ended already-ended",
    dtmf: "    not-started not-started not-started      accepted         already-ended already-ended already-ended",
    candidate:
      "not-started not-started acceptSent      accepted         already-ended already-ended already-ended",
  },
} as const;

const words = (text: string): string[] => text.split(/ +/).filter((word) => word !== "");

const result = (ask: () => string): string => {
  try {
    return ask();
  } catch (error) {
    return error instanceof Failure ? error.code : `bug: ${reasonOf(error)}`;
  }
};

// Their types are told apart by the tests below: here both are tables of texts.
const tables = { outgoing, incoming } as unknown as Record<
  "outgoing" | "incoming",
  Parameters<typeof asked<string, string>>[0]
>;

describe.for(["outgoing", "incoming"] as const)("an %s invitation", (direction) => {
  const table = tables[direction];
  const states = Object.keys(legal[direction]);

  test.for(states.flatMap((from) => states.map((to): [string, string] => [from, to])))(
    "%s → %s",
    ([from, to]) => {
      const isLegal = words((legal[direction] as Record<string, string>)[from] ?? "").includes(to);
      const wanted = isLegal ? to : `bug: an invitation cannot go from ${from} to ${to}`;
      expect(result(() => moved(table, from, to))).toBe(wanted);
    },
  );

  const { states: heads, ...rows } = frames[direction] as Record<string, string>;
  const cells = Object.entries(rows).flatMap(([frame, row]) =>
    words(row).map((wanted, at): [string, string, string] => [words(heads ?? "")[at] ?? "", frame, wanted]),
  );
  test.for(cells)("%s, a frame %s: %s", ([state, frame, wanted]) => {
    expect(result(() => asked(table, state, frame))).toBe(wanted);
  });

  test("every frame has an answer in every state, and none that is illegal", () => {
    expect(cells).toHaveLength(states.length * Object.keys(rows).length);
    expect(words(heads ?? "")).toEqual(states);
    const led = cells.filter(([, , after]) => states.includes(after));
    const illegal = led.filter(([from, , to]) => from !== to && table[from]?.to.includes(to) !== true);
    expect(illegal).toEqual([]);
  });
});

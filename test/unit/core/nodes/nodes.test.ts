import { describe, expect, test } from "vitest";
import type { DomainEvent } from "../../../../src/base/index.ts";
import { Nodes, type NodeState } from "../../../../src/core/nodes/index.ts";

function nodesOf(
  ...given: { id: string; state?: NodeState; bound?: boolean; sessions?: number; lastError?: string }[]
) {
  const events: DomainEvent[] = [];
  const nodes = new Nodes((event) => events.push(event));
  for (const { id, ...patch } of given) {
    nodes.add(id, "127.0.0.1", 8021);
    nodes.update(id, patch, 1);
  }
  return { nodes, events };
}

describe("pick", () => {
  test.each([
    [
      "the one with the fewest sessions",
      [
        { id: "a", state: "up", bound: true, sessions: 3 },
        { id: "b", state: "up", bound: true },
      ],
      undefined,
      "b",
    ],
    [
      "the preferred one",
      [
        { id: "a", state: "up", bound: true, sessions: 3 },
        { id: "b", state: "up", bound: true },
      ],
      "a",
      "a",
    ],
    [
      "not one that is unbound",
      [
        { id: "a", state: "up", bound: false },
        { id: "b", state: "up", bound: true, sessions: 9 },
      ],
      undefined,
      "b",
    ],
    [
      "not one that drains",
      [
        { id: "a", state: "draining", bound: true },
        { id: "b", state: "up", bound: true, sessions: 9 },
      ],
      undefined,
      "b",
    ],
  ] as const)("%s", (_name, given, preferred, expected) => {
    expect(nodesOf(...given).nodes.pick(preferred).id).toBe(expected);
  });

  test.each([
    ["none configured", [], undefined, "switch-unavailable", "PATCHCORD_SWITCHES"],
    [
      "none up",
      [{ id: "a", state: "connecting", lastError: "refused" }],
      undefined,
      "switch-unavailable",
      "refused",
    ],
    [
      "not connected yet",
      [{ id: "a:8021" }],
      undefined,
      "switch-unavailable",
      "The switch a:8021 is being connected to; try again.",
    ],
    [
      "up and not yet asked",
      [{ id: "a:8021", state: "up" }],
      undefined,
      "switch-not-bound",
      "Whether the switch a:8021 asks this Patchcord is not known yet; try again.",
    ],
    [
      "up and not yet checked",
      [{ id: "a", state: "up", lastError: "run conf" }],
      undefined,
      "switch-not-bound",
      "run conf",
    ],
    [
      "the preferred one down",
      [
        { id: "a", state: "down" },
        { id: "b", state: "up", bound: true },
      ],
      "a",
      "switch-unavailable",
      "",
    ],
    ["unknown", [{ id: "a", state: "up", bound: true }], "z", "node-not-found", "z"],
  ] as const)("%s is a failure", (_name, given, preferred, code, words) => {
    const { nodes } = nodesOf(...given);
    expect(() => nodes.pick(preferred)).toThrow(
      expect.objectContaining({ code, detail: expect.stringContaining(words) }),
    );
  });
});

test("up and down are told once each, with the reason", () => {
  const { nodes, events } = nodesOf({ id: "a" });
  nodes.update("a", { state: "up", coreUuid: "c" }, 2);
  nodes.update("a", { state: "up", sessions: 4 }, 3);
  nodes.update("a", { state: "connecting", lastError: "it broke" }, 4);
  nodes.update("a", { state: "down" }, 5);
  expect(events).toEqual([
    { type: "node.up", time: 2, node: "a", data: { coreUuid: "c", version: null } },
    { type: "node.down", time: 4, node: "a", data: { reason: "it broke" } },
  ]);
});

test("lagging and resynced are told", () => {
  const { nodes, events } = nodesOf({ id: "a" });
  nodes.lagging("a", 2500, 2);
  nodes.resynced("a", { channels: 2, registrations: 1600, milliseconds: 40, reason: "connected" }, 3);
  expect(nodes.get("a").eventLagMs).toBe(2500);
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ["node.lagging", { eventLagMs: 2500 }],
    ["node.resynced", { channels: 2, registrations: 1600, milliseconds: 40, reason: "connected" }],
  ]);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Call, Calls, type ChannelSnapshot } from "../../../../src/core/calls/index.ts";
import { translateDump } from "../../../../src/switch/translate.ts";

type Headers = Record<string, string>;

const folder = join(import.meta.dirname, "..", "..", "..", "fixtures", "dumps");

const dumpsOf = (name: string): Headers[] =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Headers[];

/** The only call of a ledger that knows nothing but what the switch has. */
function callOf(channels: readonly ChannelSnapshot[]): Call {
  const calls = new Calls({ publish: () => undefined });
  calls.resync("lab:8021", "core", channels, 1_795_255_999_000);
  const [call, ...others] = calls.list();
  if (!call || others.length > 0) throw new Error("there is not exactly one call");
  return call;
}

const snapshots = (name: string): ChannelSnapshot[] =>
  dumpsOf(name).flatMap((dump) => translateDump(dump) ?? []);

const phone = (number: string): Call["from"] => ({ number, name: "" });
const caller = { number: "1001", name: "1001" };

const cases: Record<string, { from: Call["from"]; to: Call["to"]; legs: string[] }> = {
  dialled: { from: phone("1001"), to: phone("1002"), legs: ["1001", "1002"] },
  "dialled-second-rings": { from: phone("1001"), to: phone("1002"), legs: ["1001", "1002"] },
  "dialled-echo": { from: phone("1001"), to: { number: "", name: "echo" }, legs: ["1001"] },
  "dialled-conference": { from: phone("1001"), to: { number: "3001", name: "conference" }, legs: ["1001"] },
  "dialled-first-transferred": { from: phone("1001"), to: phone("1002"), legs: ["1001", "1003"] },
  "dialled-second-transferred": { from: phone("1001"), to: phone("1002"), legs: ["1002", "1003"] },
  placed: { from: caller, to: phone("1002"), legs: ["1001", "1002"] },
  "placed-refer-by-callee": { from: caller, to: phone("1002"), legs: ["1001", "1003"] },
  // Of 1001, who placed the call, no channel is left to tell.
  "placed-refer-by-caller": { from: phone("1002"), to: phone("1003"), legs: ["1002", "1003"] },
};

describe("who talks with whom, from the switch's channels alone", () => {
  test.each(Object.entries(cases))("%s", (name, { from, to, legs }) => {
    const call = callOf(snapshots(name));
    expect({ from: call.from, to: call.to, legs: call.legs.map(({ number }) => number).toSorted() }).toEqual({
      from,
      to,
      legs,
    });
    // A leg that was called bears no name; in some of these, that of the far end stands beside it.
    for (const leg of call.legs) expect(leg.name).toBe(leg.direction === "inbound" ? "1001" : "");
  });

  test("a call whose callee rings is not answered yet", () => {
    expect(callOf(snapshots("dialled-second-rings"))).toMatchObject({ state: "ringing", answeredAt: null });
  });

  test("a call whose caller is gone was answered when its callee did", () => {
    const call = callOf(snapshots("dialled-second-transferred"));
    const callee = call.legs.find(({ number }) => number === "1002");
    expect([call.state, call.answeredAt]).toEqual(["active", callee?.answeredAt]);
    expect(call.answeredAt).not.toBeNull();
  });

  test("sides told for another call are not this one's", () => {
    const [first, second] = snapshots("dialled") as [ChannelSnapshot, ChannelSnapshot];
    const elsewhere = { from: phone("7777"), to: phone("8888"), awaitsCallee: true };
    const stranger = {
      ...second,
      channel: { ...second.channel, requestedCall: "another", requestedParties: elsewhere },
    };
    const own = { ...first, channel: { ...first.channel, createdAt: 1 } };
    expect(callOf([own, stranger])).toMatchObject({ from: { number: "1001" }, to: { number: "1002" } });
  });
});

import { describe, expect, test } from "vitest";
import { advance } from "../../../../fakes/sip-network.ts";
import { answer, nothingLeft, offer, Pair } from "../../../../fakes/sip-pair.ts";

describe.each(["UDP", "TCP"] as const)("a call over %s", (protocol) => {
  test("is made, rings, is answered and ends", async () => {
    const pair = await Pair.open(protocol);
    const { caller, callee, clock } = pair;
    pair.invite();
    await advance(clock, 100);
    expect(callee.told.ringing.sdp).toBe(offer);
    callee.told.ringing.ring();
    await advance(clock, 100);
    const dialog = callee.told.take(callee.told.ringing.accept(answer));
    await advance(clock, 100);
    expect(await dialog.acknowledged).toBeNull();
    expect(caller.told.events).toEqual(["180", "accepted with sdp"]);
    expect(caller.told.call.open).toBe(true);
    void caller.told.call.bye([["Reason", "Q.850;cause=16"]]);
    await advance(clock, 100);
    expect(callee.told.events).toEqual(["invite", "bye"]);
    expect(callee.told.headers?.get("Reason")).toBe("Q.850;cause=16");
    expect(pair.network.from("10.0.0.1")).toEqual(["INVITE", "ACK", "BYE"]);
    expect(pair.network.from("10.0.0.2")).toEqual(["100 INVITE", "180 INVITE", "200 INVITE", "200 BYE"]);
    await advance(clock, 64_000);
    expect(pair.left()).toEqual(nothingLeft);
    expect(clock.pending).toEqual([]);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { Rig } from "./harness.ts";

let rig: Rig;
afterEach(async () => rig.close());

describe("commands", () => {
  const { signal } = new AbortController();
  const request = {
    call: "CALL",
    from: { kind: "extension", number: "1001" },
    to: { kind: "extension", number: "1002" },
    callerIdName: null,
    callerIdNumber: null,
    timeoutSeconds: 5,
    autoAnswer: false,
    dtmfAfterAnswer: null,
    variables: {},
  } as const;

  test("a refused call tells the cause", async () => {
    rig = await Rig.up();
    rig.state.replies.set("originate", "-ERR USER_BUSY\n");
    await expect(rig.switches.originate(rig.node, request, signal)).rejects.toMatchObject({
      code: "switch-refused",
      extra: { cause: "USER_BUSY" },
    });
  });

  test("digits go to the second side, once, when it is connected", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    await rig.switches.originate(rig.node, { ...request, dtmfAfterAnswer: "1w2" }, signal);
    const ours = { "Unique-ID": "a", variable_patchcord_call: "CALL" };
    const bridge = { "Event-Name": "CHANNEL_BRIDGE", "Bridge-A-Unique-ID": "a", "Bridge-B-Unique-ID": "b" };
    for (const headers of [
      { ...bridge, "Unique-ID": "x" },
      { ...bridge, ...ours },
      { ...bridge, ...ours },
    ]) {
      peer.event(rig.state.event(headers, rig.clock.now()));
    }
    await peer.received(/uuid_send_dtmf/);
    await rig.switches.command(rig.node, { verb: "hold", uuid: "a" }, signal);
    expect((await rig.sent()).filter((line) => line.includes("dtmf"))).toEqual([
      "bgapi uuid_send_dtmf b 1w2",
    ]);
  });

  const phone = { "Call-Direction": "outbound", variable_patchcord_call: "CALL" };

  /** Has the switch make CALL with digits to send, and tells of two phones of its first side. */
  async function twoPhones() {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    const party = { number: "", name: "" };
    rig.calls.request({ id: "CALL", from: party, to: party, node: rig.node, time: rig.clock.now() });
    await rig.switches.originate(rig.node, { ...request, dtmfAfterAnswer: "1w2" }, signal);
    rig.calls.requestAccepted("CALL", rig.clock.now());
    for (const uuid of ["a1", "a2"]) peer.event(rig.state.create(uuid, rig.clock.now(), phone));
    return peer;
  }
  const bridged = { "Event-Name": "CHANNEL_BRIDGE", "Bridge-A-Unique-ID": "a2", "Bridge-B-Unique-ID": "b" };

  test("digits outlast the phone of the first side that lost the race", async () => {
    const peer = await twoPhones();
    peer.event(rig.state.hangUp("a1", rig.clock.now(), "LOSE_RACE"));
    peer.event(rig.state.event({ ...bridged, ...phone, "Unique-ID": "a2" }, rig.clock.now()));
    await rig.event("switch.CHANNEL_BRIDGE");
    await rig.switches.command(rig.node, { verb: "hold", uuid: "a2" }, signal);
    expect(await rig.sent()).toContain("bgapi uuid_send_dtmf b 1w2");
  });

  test("digits are forgotten when the last leg of their call has ended", async () => {
    const peer = await twoPhones();
    for (const uuid of ["a1", "a2"]) peer.event(rig.state.hangUp(uuid, rig.clock.now()));
    peer.event(rig.state.event({ ...bridged, ...phone, "Unique-ID": "late" }, rig.clock.now()));
    await rig.event("switch.CHANNEL_BRIDGE");
    await rig.switches.command(rig.node, { verb: "hold", uuid: "u" }, signal);
    expect((await rig.sent()).join("\n")).not.toContain("dtmf");
  });

  test("digits of a call that came to nothing are forgotten", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    rig.state.replies.set("originate", "-ERR USER_BUSY\n");
    const digits = { ...request, dtmfAfterAnswer: "1" };
    await expect(rig.switches.originate(rig.node, digits, signal)).rejects.toMatchObject({
      code: "switch-refused",
    });
    const bridge = { "Event-Name": "CHANNEL_BRIDGE", "Unique-ID": "a", "Bridge-B-Unique-ID": "b" };
    peer.event(rig.state.event({ ...bridge, variable_patchcord_call: "CALL" }, rig.clock.now()));
    await rig.event("switch.CHANNEL_BRIDGE");
    await rig.switches.command(rig.node, { verb: "hold", uuid: "a" }, signal);
    expect((await rig.sent()).join("\n")).not.toContain("dtmf");
  });

  test("a call that the switch never answers for ends with the ring time", async () => {
    rig = await Rig.up();
    rig.state.replies.set("originate", undefined);
    const asked = rig.switches.originate(rig.node, request, signal);
    await rig.pass(20_000);
    await expect(asked).rejects.toMatchObject({ code: "not-confirmed" });
  });

  test("a ringing call does not hold up another command", async () => {
    rig = await Rig.up();
    rig.state.replies.set("originate", undefined);
    const asked = rig.switches.originate(rig.node, request, signal);
    await rig.switches.command(rig.node, { verb: "hangup", uuid: "u", cause: "NORMAL_CLEARING" }, signal);
    await rig.switches.command(rig.node, { verb: "answer", uuid: "u" }, signal);
    const peer = await rig.fake.peer();
    expect(await peer.received(/^sendmsg u/)).toMatchObject({
      headers: { "call-command": "execute", "execute-app-name": "answer" },
    });
    peer.socket.destroy();
    await expect(asked).rejects.toMatchObject({ code: "switch-unavailable" });
  });

  test("CR LF in a uuid never reaches the switch", async () => {
    rig = await Rig.up();
    const uuid = "u\n\napi shutdown";
    for (const verb of ["answer", "hold", "park"] as const) {
      await expect(rig.switches.command(rig.node, { verb, uuid }, signal)).rejects.toMatchObject({
        code: "unsafe-text",
      });
    }
    expect((await rig.sent()).join("\n")).not.toContain("shutdown");
  });

  test("a switch that is away, and one that there is not", async () => {
    rig = await Rig.start({}, "wrong");
    await expect(rig.switches.originate(rig.node, request, signal)).rejects.toMatchObject({
      code: "switch-unavailable",
    });
    await expect(rig.switches.originate("nowhere:1", request, signal)).rejects.toMatchObject({
      code: "node-not-found",
    });
  });
});

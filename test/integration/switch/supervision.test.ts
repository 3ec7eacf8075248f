import { afterEach, describe, expect, test } from "vitest";
import { Rig } from "./harness.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** Resolves once the node says why it cannot be used, in words that fit. */
async function lastError(from: Rig, words = /./): Promise<string> {
  for (;;) {
    const { lastError } = from.nodes.get(from.node);
    if (lastError !== null && words.test(lastError)) return lastError;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const mutating = /^bgapi (load|reloadacl|xml_flush_cache|originate|uuid_\w+|sofia profile)|^sendmsg/;

describe("why a switch is not connected is told in words", () => {
  test("wrong password", async () => {
    rig = await Rig.start({}, "wrong");
    expect(await lastError(rig)).toMatch(/refused the password.*PATCHCORD_SWITCHES/);
    expect(rig.nodes.get(rig.node).state).toBe("down");
    expect(() => rig?.nodes.pick()).toThrow(expect.objectContaining({ code: "switch-unavailable" }));
  });

  test("rude rejection", async () => {
    rig = await Rig.start({
      greet: (peer) => {
        peer.frame({ "Content-Type": "text/rude-rejection" }, "Access Denied, go away.\n");
        peer.socket.end();
      },
    });
    expect(await lastError(rig)).toMatch(/ACL.*Access Denied.*apply-inbound-acl/);
  });

  test("a web server", async () => {
    rig = await Rig.start({ greet: (peer) => peer.raw("HTTP/1.1 400 Bad Request\r\n\r\nx\n\n") });
    expect(await lastError(rig)).toMatch(/does not speak the event socket/);
  });

  test("a switch that never greets", async () => {
    rig = await Rig.start({ greet: () => undefined });
    await rig.fake.peer();
    rig.clock.advance(10_000);
    expect(await lastError(rig)).toMatch(/cannot be reached/);
  });
});

describe("attempts", () => {
  test("come at growing intervals", async () => {
    rig = await Rig.start({}, "wrong");
    for (const [peer, wait] of [
      [2, 500],
      [3, 1000],
      [4, 2000],
      [5, 4000],
      [6, 5000],
      [7, 5000],
    ] as const) {
      await rig.pass(wait);
      await rig.fake.peer(peer);
    }
    expect(rig.fake.peers).toHaveLength(7);
  });

  test("a lost connection is taken up again", async () => {
    rig = await Rig.up();
    (await rig.fake.peer()).socket.destroy();
    const down = await rig.event("node.down");
    expect(down.data["reason"]).toMatch(/broke/);
    const since = rig.events.length;
    await rig.pass(250);
    await rig.event("node.up", since);
    await rig.bound();
    expect(rig.nodes.get(rig.node)).toMatchObject({ state: "up", bound: true, lastError: null });
  });

  test("a disconnect-notice in the middle of a command", async () => {
    rig = await Rig.up();
    rig.state.replies.set("uuid_hold", undefined);
    const asked = rig.switches.command(rig.node, { verb: "hold", uuid: "u" }, new AbortController().signal);
    const peer = await rig.fake.peer();
    await peer.received(/uuid_hold/);
    peer.disconnectNotice();
    await expect(asked).rejects.toMatchObject({ code: "switch-unavailable" });
    expect((await rig.event("node.down")).data["reason"]).toMatch(/shuts down/);
  });

  test("closing ends an attempt, a wait and a connection alike", async () => {
    for (const password of ["secret", "wrong"]) {
      const one = await Rig.start({}, password);
      await (await one.fake.peer()).received(/auth/);
      await one.close();
      await one.switches.close();
      expect(one.clock.pending).toEqual([]);
    }
  });
});

describe("a switch that is not ours", () => {
  test("gets nothing that changes it", async () => {
    rig = await Rig.up((state) => {
      state.instance = null;
      state.modules.clear();
    });
    const { signal } = new AbortController();
    const unbound = { code: "switch-not-bound", detail: expect.stringContaining("patchcord conf DIR") };
    expect(rig.nodes.get(rig.node)).toMatchObject({ state: "up", bound: false, lastError: unbound.detail });
    expect(() => rig?.nodes.pick()).toThrow(expect.objectContaining(unbound));
    const request = {
      call: "C",
      from: { kind: "extension", number: "1001" },
      to: { kind: "app", app: "echo" },
      callerIdName: null,
      callerIdNumber: null,
      timeoutSeconds: 5,
      autoAnswer: false,
      dtmfAfterAnswer: null,
      variables: {},
    } as const;
    await expect(rig.switches.originate(rig.node, request, signal)).rejects.toMatchObject(unbound);
    for (const verb of ["answer", "park", "hold"] as const) {
      await expect(rig.switches.command(rig.node, { verb, uuid: "u" }, signal)).rejects.toMatchObject(
        unbound,
      );
    }
    rig.switches.flushDirectory("d.test", ["1001"]);
    await rig.pass(3000);
    await (await rig.fake.peer()).received(/xml_locate/);
    expect((await rig.sent()).filter((line) => mutating.test(line))).toEqual([]);
  });

  test("of another Patchcord is told so, and taken over once it asks us", async () => {
    rig = await Rig.up((state) => {
      state.instance = "another";
      state.modules.delete("mod_conference");
    });
    expect(rig.nodes.get(rig.node).lastError).toMatch(/asks another Patchcord/);
    rig.state.instance = "nonce";
    await rig.pass(3000);
    await rig.bound();
    expect(rig.nodes.pick()).toMatchObject({ bound: true, lastError: null });
    expect((await rig.sent()).filter((line) => mutating.test(line))).toEqual([
      "bgapi xml_flush_cache",
      "bgapi load mod_conference",
      "bgapi reloadacl",
    ]);
  });

  test("any longer is left alone, and taken over again when it returns", async () => {
    rig = await Rig.up();
    rig.state.instance = null;
    await rig.pass(30_000);
    await lastError(rig, /does not ask/);
    expect(rig.nodes.get(rig.node)).toMatchObject({ state: "up", bound: false });
    const before = (await rig.sent()).length;
    rig.state.instance = "nonce";
    await rig.pass(3000);
    await rig.bound();
    const orders = (await rig.sent()).slice(before).filter((line) => mutating.test(line));
    expect(orders).toEqual(["bgapi xml_flush_cache", "bgapi reloadacl"]);
  });
});

describe("repair", () => {
  test("a switch that is as it should be is changed in nothing", async () => {
    rig = await Rig.up();
    const orders = (await rig.sent()).filter((line) => mutating.test(line));
    expect(orders).toEqual(["bgapi xml_flush_cache", "bgapi reloadacl"]);
  });

  test("modules that failed to load, in order, and phones that come with them", async () => {
    rig = await Rig.up((state) => {
      state.modules.clear();
      state.registrations = [{ user: "1001", callId: "c" }];
    });
    await rig.event("registration.online");
    const sent = (await rig.sent()).filter((line) => /^bgapi .*(load|start)/.test(line));
    expect(sent).toEqual(["bgapi load mod_sofia", "bgapi load mod_conference", "bgapi reloadacl"]);
  });

  test("a profile that did not start", async () => {
    rig = await Rig.up((state) => {
      state.profileRuns = false;
    });
    expect(await rig.sent()).toContain("bgapi sofia profile internal start");
  });

  test("comes before the switch is given work", async () => {
    rig = await Rig.start({}, "secret", (state) => {
      state.modules.clear();
      state.replies.set("load mod_sofia", undefined);
    });
    await (await rig.fake.peer()).received(/load mod_sofia/);
    const repaired = { code: "switch-not-bound", detail: expect.stringContaining("being repaired") };
    expect(() => rig?.nodes.pick()).toThrow(expect.objectContaining(repaired));
    rig.state.replies.clear();
    await rig.pass(60_000);
    expect(await lastError(rig, /could not/)).toMatch(/could not be repaired.*load mod_sofia/);
    await rig.pass(3000);
    await rig.bound();
    expect(rig.nodes.pick().id).toBe(rig.node);
  });

  test("waits until the switch has booted", async () => {
    rig = await Rig.start({}, "secret", (state) => {
      state.ready = false;
      state.modules.clear();
    });
    const peer = await rig.fake.peer();
    await peer.received(/ready_check/);
    expect(await rig.sent()).not.toContain("bgapi load mod_sofia");
    rig.state.ready = true;
    await rig.pass(1000);
    await peer.received(/load mod_sofia/);
  });

  test("never reloads the ACLs of a switch whose configuration is out of reach", async () => {
    rig = await Rig.start({}, "secret", (state) => {
      state.modules.clear();
    });
    const peer = await rig.fake.peer();
    await peer.received(/load mod_sofia/);
    rig.state.instance = null;
    await lastError(rig, /does not ask/);
    await rig.pass(3000);
    expect(await rig.sent()).not.toContain("bgapi reloadacl");
  });
});

describe("the directory cache", () => {
  test("is flushed user by user, and again when late look-ups are over", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    rig.switches.flushDirectory("d.test", ["1001", "1002"]);
    await peer.received(/xml_flush_cache id 1002 d\.test/);
    await rig.pass(6000);
    await rig.switches.command(rig.node, { verb: "hold", uuid: "u" }, new AbortController().signal);
    const flushes = (await rig.sent()).filter((line) => line.includes("flush_cache id"));
    expect(flushes).toEqual([
      "bgapi xml_flush_cache id 1001 d.test",
      "bgapi xml_flush_cache id 1002 d.test",
      "bgapi xml_flush_cache id 1001 d.test",
      "bgapi xml_flush_cache id 1002 d.test",
    ]);
  });

  test("that a switch refuses to flush is told of, and flushed once more", async () => {
    rig = await Rig.up();
    rig.state.replies.set("xml_flush_cache", "-ERR xml_flush_cache Command not found!\n");
    rig.switches.flushDirectory("d.test", ["1001"]);
    while (rig.warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.warnings).toEqual([expect.stringContaining("directory cache was not flushed")]);
    await rig.pass(6000);
    await rig.switches.command(rig.node, { verb: "hold", uuid: "u" }, new AbortController().signal);
    expect((await rig.sent()).filter((line) => line.includes("flush_cache id"))).toHaveLength(2);
  });

  test("is flushed whole for many", async () => {
    rig = await Rig.up();
    rig.switches.flushDirectory(
      "d.test",
      Array.from({ length: 1600 }, (_, n) => String(1000 + n)),
    );
    await rig.switches.command(rig.node, { verb: "hold", uuid: "u" }, new AbortController().signal);
    const flushes = (await rig.sent()).filter((line) => line.includes("flush_cache"));
    expect(flushes).toEqual(["bgapi xml_flush_cache", "bgapi xml_flush_cache"]);
  });
});

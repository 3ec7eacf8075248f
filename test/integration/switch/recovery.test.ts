import { afterEach, describe, expect, test } from "vitest";
import { Rig } from "./harness.ts";

let rig: Rig;
afterEach(async () => rig.close());

const states = (): Record<string, string> =>
  Object.fromEntries(
    rig.calls
      .list()
      .flatMap(({ legs }) => legs.map(({ uuid, state }) => [uuid, state === "ended" ? "ended" : "live"])),
  );

/** Cuts the connection, lets `meanwhile` happen, and waits until the switch is taken in again. */
async function cut(meanwhile: () => void): Promise<void> {
  const since = rig.events.length;
  (await rig.fake.peer()).socket.destroy();
  await rig.event("node.down", since);
  meanwhile();
  await rig.pass(250);
  await rig.event("node.up", since);
}

describe("on connecting", () => {
  test("channels and phones that are there already are taken in", async () => {
    rig = await Rig.up((state) => {
      state.create("a", 1_700_000_000_000);
      state.registrations = [
        { user: "1001", callId: "c1" },
        { user: "1002", callId: "c2" },
      ];
    });
    expect(states()).toEqual({ a: "live" });
    expect(rig.registrations.list().map(({ user }) => user)).toEqual(["1001", "1002"]);
    const resynced = await rig.event("node.resynced");
    expect(resynced.data).toEqual({ channels: 1, registrations: 2, milliseconds: 0, reason: "connected" });
    expect(rig.types().slice(-2)).toEqual(["node.resynced", "node.up"]);
    expect(rig.nodes.get(rig.node)).toMatchObject({
      coreUuid: "core-1",
      version: "1.11.3-dev+git",
      sessions: 1,
    });
  });

  test("a web user's leg whose Patchcord died is ended, no other channel is", async () => {
    const outbound = (reference: string): Record<string, string> => ({
      "Call-Direction": "outbound",
      "variable_sip_h_X-Patchcord-Ref": reference,
    });
    rig = await Rig.up((state) => {
      state.create("phone", 1_700_000_000_000);
      state.create("stray", 1_700_000_000_001, outbound("of-another-process"));
      state.create("strays-caller", 1_700_000_000_002, {
        "Call-Direction": "inbound",
        variable_user_name: "1000",
        variable_patchcord_ref: "of-another-process-too",
      });
      state.create("forger", 1_700_000_000_003, {
        "Call-Direction": "inbound",
        variable_user_name: "1001",
        "variable_sip_h_X-Patchcord-Ref": "made-up",
      });
    });
    const kills = (await rig.sent()).filter((line) => line.includes("uuid_kill"));
    expect(kills).toEqual([
      "bgapi uuid_kill stray NETWORK_OUT_OF_ORDER",
      "bgapi uuid_kill strays-caller NETWORK_OUT_OF_ORDER",
    ]);
  });

  test("a switch that asks somebody else keeps the legs of theirs", async () => {
    rig = await Rig.up((state) => {
      state.instance = "another";
      state.create("theirs", 1_700_000_000_001, {
        "Call-Direction": "outbound",
        "variable_sip_h_X-Patchcord-Ref": "of-theirs",
      });
    });
    expect((await rig.sent()).filter((line) => line.includes("uuid_kill"))).toEqual([]);
  });

  test("a web user's leg of this very process outlives a lost connection", async () => {
    rig = await Rig.up();
    const reference = rig.references.issue({
      kind: "from-web-user",
      user: "77",
      displayName: "",
      invitation: "i",
    });
    await cut(() => {
      rig.state.create("mine", 1_700_000_000_000, {
        "Call-Direction": "inbound",
        variable_user_name: "1000",
        variable_patchcord_ref: reference,
      });
    });
    await rig.bound();
    const sent = await rig.sent(2);
    expect(sent).toContain("api uuid_dump mine json");
    expect(sent.filter((line) => line.includes("uuid_kill"))).toEqual([]);
  });

  test("a stale row of show channels is no channel", async () => {
    rig = await Rig.up((state) => {
      state.stale = ["ghost", "x\n\napi shutdown"];
    });
    expect(states()).toEqual({});
    expect(await rig.sent()).toContain("api uuid_dump ghost json");
  });

  test("a call that began while the snapshot was under way is neither lost nor undone", async () => {
    rig = await Rig.start(
      {
        intercept: ({ line }, peer) => {
          // Of three channels one was read; before the next is, it goes, and another one comes.
          if (line !== "api uuid_dump stays json") return false;
          peer.event(rig.state.create("late", rig.clock.now()));
          peer.event(rig.state.hangUp("early", rig.clock.now()));
          return false;
        },
      },
      "secret",
      (state) => {
        state.create("early", 1_700_000_000_000);
        state.create("stays", 1_700_000_000_000);
      },
    );
    await rig.event("node.up");
    expect(rig.types().indexOf("call.created")).toBeLessThan(rig.types().indexOf("node.resynced"));
    expect(states()).toEqual({ early: "ended", stays: "live", late: "live" });
  });

  test("a phone that came while the list was under way stays", async () => {
    rig = await Rig.start(
      {
        intercept: ({ line, headers }, peer) => {
          if (!line.endsWith("internal reg")) return false;
          const register = { "Event-Name": "CUSTOM", "Event-Subclass": "sofia::register" };
          const user = { "from-user": "1001", "from-host": "d.test", "call-id": "c1", expires: "60" };
          peer.event(rig.state.event({ ...register, ...user }, rig.clock.now()));
          peer.reply("+OK");
          peer.jobDone(headers["Job-UUID"] ?? "", "<profile>\n</profile>\n");
          return true;
        },
      },
      "secret",
    );
    await rig.event("node.up");
    expect(rig.registrations.list().map(({ user }) => user)).toEqual(["1001"]);
    expect(rig.types().filter((type) => type.startsWith("registration"))).toEqual(["registration.online"]);
  });

  test("without a table (SQL disabled) the known legs are asked for one by one", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    peer.event(rig.state.create("a", rig.clock.now()));
    peer.event(rig.state.create("b", rig.clock.now()));
    await rig.event("switch.CHANNEL_CREATE", 0, ({ data }) => data["Unique-ID"] === "b");
    rig.state.replies.set("show channels", "-ERR SQL disabled, no data available!\n");
    await cut(() => rig.state.channels.delete("b"));
    await rig.pass(2000);
    await rig.event("call.ended");
    expect(states()).toEqual({ a: "live", b: "ended" });
  });
});

describe("after a cut", () => {
  test("what ended is ended, what began is there, what stayed goes on under its id", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    for (const uuid of ["ends", "stays"]) peer.event(rig.state.create(uuid, rig.clock.now()));
    await rig.event("switch.CHANNEL_CREATE", 0, ({ data }) => data["Unique-ID"] === "stays");
    const before = rig.calls.get("stays")?.id;
    await cut(() => {
      rig.state.hangUp("ends", rig.clock.now());
      rig.state.create("new", rig.clock.now());
    });
    await rig.pass(2000);
    await rig.event("call.ended");
    expect(states()).toEqual({ ends: "ended", stays: "live", new: "live" });
    expect(rig.calls.get("stays")?.id).toBe(before);
  });

  test("a leg that just hangs up while its switch is taken in keeps its cause", async () => {
    rig = await Rig.up();
    (await rig.fake.peer()).event(rig.state.create("a", rig.clock.now()));
    await rig.event("switch.CHANNEL_CREATE");
    let end: Record<string, string> = {};
    await cut(() => {
      end = rig.state.hangUp("a", rig.clock.now(), "USER_BUSY");
    });
    expect(states()).toEqual({ a: "live" });
    // The channel could not be found any more; its CHANNEL_HANGUP_COMPLETE comes after that.
    (await rig.fake.peer(2)).event(end);
    await rig.event("call.ended");
    await rig.pass(2000);
    const ends = rig.events.filter(({ type }) => type === "call.ended").map(({ data }) => data["cause"]);
    expect(ends).toEqual(["USER_BUSY"]);
  });

  test("a leg that the table does not list yet is not ended", async () => {
    rig = await Rig.up();
    (await rig.fake.peer()).event(rig.state.create("a", rig.clock.now()));
    await rig.event("switch.CHANNEL_CREATE");
    await cut(() => rig.state.unlisted.push("a"));
    expect(states()).toEqual({ a: "live" });
  });

  test("a restarted switch ends what its earlier process had", async () => {
    rig = await Rig.up((state) => {
      state.registrations = [{ user: "1001", callId: "c1" }];
    });
    (await rig.fake.peer()).event(rig.state.create("a", rig.clock.now()));
    await rig.event("switch.CHANNEL_CREATE");
    const since = rig.events.length;
    await cut(() => {
      rig.state.core = "core-2";
      rig.state.channels.clear();
      rig.state.registrations = [];
    });
    expect(states()).toEqual({ a: "ended" });
    expect(rig.nodes.get(rig.node).coreUuid).toBe("core-2");
    expect(rig.types(since)).toContain("registration.offline");
    expect((await rig.event("node.resynced", since)).data["reason"]).toBe("core-changed");
  });

  test("phones stay registered through a short cut, and go with a switch that is gone", async () => {
    rig = await Rig.up((state) => {
      state.registrations = [{ user: "1001", callId: "c1" }];
    });
    const since = rig.events.length;
    await cut(() => undefined);
    expect(rig.types(since)).not.toContain("registration.offline");
    await rig.fake.close();
    await rig.event("node.down", rig.events.length - 3);
    await rig.pass(250);
    await rig.pass(500);
    const gone = await rig.event("registration.offline");
    expect(gone.data).toMatchObject({ user: "1001", reason: "switch-gone" });
  });
});

describe("while connected", () => {
  test("a hangup that was never told is found by the heartbeat's count", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    for (const uuid of ["a", "b"]) peer.event(rig.state.create(uuid, rig.clock.now()));
    rig.state.hangUp("a", rig.clock.now());
    peer.event(rig.state.heartbeat(rig.clock.now()));
    await peer.received(/uuid_exists a/);
    await rig.pass(2000);
    await rig.event("call.ended");
    expect(states()).toEqual({ a: "ended", b: "live" });
    expect(rig.nodes.get(rig.node)).toMatchObject({ sessions: 1, sessionsPeak: 9, sessionsPerSecond: 2 });
  });

  test("a hangup whose event is only late keeps its cause", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    peer.event(rig.state.create("a", rig.clock.now()));
    const end = rig.state.hangUp("a", rig.clock.now(), "USER_BUSY");
    peer.event(rig.state.heartbeat(rig.clock.now()));
    await peer.received(/uuid_exists a/);
    peer.event(end);
    await rig.event("call.ended");
    await rig.pass(2000);
    expect(rig.calls.get("a")).toMatchObject({ state: "ended", cause: "USER_BUSY" });
  });

  test("a channel whose beginning was never told is found", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    rig.state.create("silent", rig.clock.now());
    peer.event(rig.state.heartbeat(rig.clock.now()));
    const drifted = await rig.event("node.resynced", 0, ({ data }) => data["reason"] === "drifted");
    expect(drifted.data["channels"]).toBe(1);
    expect(states()).toEqual({ silent: "live" });
  });

  test("two errors that cancel out are found by a sweep every so often", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    peer.event(rig.state.create("a", rig.clock.now()));
    rig.state.hangUp("a", rig.clock.now());
    for (let beat = 1; beat <= 15; beat += 1) peer.event(rig.state.heartbeat(rig.clock.now(), 1));
    await peer.received(/uuid_exists a/);
    await rig.pass(2000);
    await rig.event("call.ended");
    expect(states()).toEqual({ a: "ended" });
  });

  test("phones come, refresh, move and go", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    const register = (over: Record<string, string> = {}): void =>
      peer.event(
        rig.state.event(
          {
            "Event-Name": "CUSTOM",
            "Event-Subclass": "sofia::register",
            "from-user": "1001",
            "from-host": "d.test",
            contact: '"" <sip:1001@127.0.0.1:5070>',
            "call-id": "c1",
            status: "Registered(UDP)",
            expires: "600",
            "network-ip": "127.0.0.1",
            "network-port": "5070",
            ...over,
          },
          rig.clock.now(),
        ),
      );
    register();
    register();
    await rig.event("registration.online");
    // A new Call-ID: whether it replaces the old one is the profile's affair, so the switch is asked.
    rig.state.registrations = [{ user: "1001", callId: "c2" }];
    register({ "call-id": "c2" });
    await rig.event("switch.CUSTOM", 0, ({ data }) => data["call-id"] === "c2");
    await rig.pass(10_000);
    await rig.event("registration.offline");
    expect(rig.registrations.list().map(({ callId }) => callId)).toEqual(["c2"]);
    expect(rig.types().filter((type) => type.startsWith("registration"))).toEqual([
      "registration.online",
      "registration.online",
      "registration.offline",
    ]);
  });

  test("events that come late are told, and too late ones end the connection", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    const at = (late: number): void => peer.event(rig.state.heartbeat(rig.clock.now() - late));
    at(0);
    at(3000);
    expect((await rig.event("node.lagging")).data).toEqual({ eventLagMs: 3000 });
    at(20_000);
    expect((await rig.event("node.down")).data["reason"]).toMatch(/20000 ms late/);
  });

  test("a stalled switch is asked, and left when it does not answer", async () => {
    rig = await Rig.up();
    // Every command begins with this: none is answered.
    rig.state.replies.set("", undefined);
    const since = rig.events.length;
    while (!rig.clock.pending.includes(5000)) {
      if (rig.clock.pending.includes(20_000)) await rig.pass(20_000);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await (await rig.fake.peer()).received(/hostname/);
    await rig.pass(5000);
    expect((await rig.event("node.down", since)).data["reason"]).toMatch(/silent/);
  });

  test("a flood of events holds up no command", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    for (let n = 0; n < 3000; n += 1) peer.event(rig.state.create(`c${n}`, rig.clock.now()));
    await rig.switches.command(rig.node, { verb: "hold", uuid: "c1" }, new AbortController().signal);
    await rig.event("switch.CHANNEL_CREATE", 0, ({ data }) => data["Unique-ID"] === "c2999");
    expect(rig.calls.liveLegs(rig.node)).toHaveLength(3000);
  });

  test("a Latin-1 byte in a caller's name", async () => {
    rig = await Rig.up();
    const peer = await rig.fake.peer();
    const [head, tail] = JSON.stringify(
      rig.state.create("a", rig.clock.now(), { "Caller-Caller-ID-Name": "J?rg" }),
    ).split("?");
    const body = Buffer.concat([Buffer.from(head ?? ""), Buffer.from([0xf6]), Buffer.from(tail ?? "")]);
    peer.frame({ "Content-Type": "text/event-json" }, body);
    await rig.event("call.created");
    expect(rig.calls.get("a")?.from).toEqual({ number: "1001", name: "J\u{fffd}rg" });
  });
});

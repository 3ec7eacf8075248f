import { afterEach, describe, expect, test } from "vitest";
import type { Headers, Protocol, Registration } from "../../src/protocol/sip/index.ts";
import { description, Station } from "../fakes/sip-station.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

/** Our user agent as two phones of a real FreeSWITCH: every behaviour of it that the switch can be made to meet. */
describe.each(["UDP", "TCP"] as const)("our user agent on a switch, over %s", (protocol) => {
  const system = systemOfFile(async () => TelephoneSystem.start());
  const opened: Station[] = [];

  afterEach(async (context) => {
    const all = opened.splice(0);
    if (context.task.result?.state === "fail")
      for (const one of all) console.error(one.names.join("\n"), one.told.events);
    await Promise.all(all.map(async (one) => one.close()));
    for (const uuid of await system().freeSwitch.channels())
      await system().freeSwitch.api(`uuid_kill ${uuid}`);
    await until("no channel is left", async () => (await system().freeSwitch.channels()).length === 0);
  });

  async function station(): Promise<Station> {
    const one = await Station.open();
    opened.push(one);
    return one;
  }

  const credentials = (number: string): { username: string; password: string } => ({
    username: number,
    password: system().passwordOf(number),
  });

  /** A station that is registered as that extension. */
  async function registered(number: string, over: Protocol = protocol): Promise<Station> {
    const one = await station();
    const done = Promise.withResolvers<void>();
    one.register(
      system().sipPort,
      system().domain,
      credentials(number),
      {
        registered: () => done.resolve(),
        failed: ({ status }) => done.reject(new Error(`${number} was refused: ${status}`)),
      },
      over,
    );
    await done.promise;
    return one;
  }

  const hears = async (one: Station, event: RegExp): Promise<string> =>
    until(`${event}, after ${one.told.events.join(", ")}`, () =>
      one.told.events.find((told) => event.test(told)),
    );

  const carries = async (one: Station, name: string, times = 1): Promise<void> => {
    await until(`${name} on the wire`, () => one.names.filter((seen) => seen === name).length >= times);
  };

  const dial = (one: Station, as: string, number: string): void => {
    const { sipPort, domain } = system();
    one.invite(sipPort, { number, domain, as, credentials: credentials(as) }, protocol);
  };

  const reason = (headers: Headers | null): string => headers?.get("Reason") ?? "";

  /** 1001 called 1002, who answered. */
  async function connected(answer = description()): Promise<{ caller: Station; callee: Station }> {
    const callee = await registered("1002");
    const caller = await station();
    dial(caller, "1001", "1002");
    await hears(callee, /^invite/);
    callee.told.ringing.ring();
    await hears(caller, /^180/);
    callee.told.take(callee.told.ringing.accept(answer));
    await hears(caller, /^accepted/);
    await callee.told.call.acknowledged;
    return { caller, callee };
  }

  /** Sends an api command about the channel of the call that reached, or left, that station. */
  async function command(words: (uuid: string) => string, direction: "inbound" | "outbound"): Promise<void> {
    const { freeSwitch } = system();
    const uuid = await until(`an ${direction} channel`, async () => {
      for (const one of await freeSwitch.channels())
        if ((await freeSwitch.variable(one, "direction")) === direction) return one;
      return undefined;
    });
    const reply = await freeSwitch.api(words(uuid));
    if (!/^\+OK|^Success/.test(reply)) throw new Error(`${words(uuid)}: ${reply}`);
  }

  test("registers with digest, is listed, refreshes when asked, and is gone when it closes", async () => {
    const one = await station();
    const expires: number[] = [];
    const registration: Registration = one.register(
      system().sipPort,
      system().domain,
      credentials("1001"),
      { registered: (granted) => expires.push(granted.expires), failed: () => undefined },
      protocol,
    );
    await until("it is registered", () => expires.length === 1);
    expect(one.names.slice(0, 4)).toEqual([">REGISTER", "<401 REGISTER", ">REGISTER", "<200 REGISTER"]);
    await until("the switch lists it", async () =>
      (await system().freeSwitch.api("show registrations")).includes(`@127.0.0.1:${one.port}`),
    );
    registration.refresh();
    await until("it is registered again", () => expires.length === 2);
    expect(expires[0]).toBeGreaterThan(0);
    await registration.close();
    await until(
      "the switch has forgotten it",
      async () =>
        !(await system().freeSwitch.api("sofia status profile internal reg")).includes(`:${one.port}`),
    );
  });

  test("is refused with a wrong password", async () => {
    const one = await station();
    const failed = Promise.withResolvers<number>();
    const { sipPort, domain } = system();
    one.register(
      sipPort,
      domain,
      { username: "1001", password: "wrong" },
      { registered: () => failed.resolve(0), failed: ({ status }) => failed.resolve(status) },
      protocol,
    );
    expect(await failed.promise).toBe(403);
  });

  test("calls an echo with digest, and hangs up", async () => {
    const one = await station();
    dial(one, "1001", "9196");
    await hears(one, /^accepted/);
    expect(one.told.sdp).toContain("m=audio");
    expect(one.names.slice(0, 4)).toEqual([">INVITE", "<407 INVITE", ">ACK", ">INVITE"]);
    await one.told.call.bye();
    expect(one.names.at(-1)).toBe("<200 BYE");
  });

  test("is hung up on, with the cause in the BYE", async () => {
    const one = await station();
    dial(one, "1001", "9196");
    await hears(one, /^accepted/);
    await command((uuid) => `uuid_kill ${uuid} NORMAL_CLEARING`, "inbound");
    await hears(one, /^bye/);
    expect(reason(one.told.headers)).toContain('cause=16;text="NORMAL_CLEARING"');
  });

  test("is called, rings, answers; both hang up", async () => {
    const { caller, callee } = await connected();
    expect(callee.told.ringing.request.headers.get("From")).toContain("sip:1001@");
    await callee.told.call.bye();
    await hears(caller, /^bye/);
    expect(caller.counts.dialogs).toBe(0);
  });

  test("refuses, and is refused, with the cause's name kept by the Reason", async () => {
    const callee = await registered("1002");
    const caller = await station();
    dial(caller, "1001", "1002");
    await hears(callee, /^invite/);
    callee.told.ringing.reject(486, [["Reason", 'Q.850;cause=17;text="USER_BUSY"']]);
    await hears(caller, /^rejected 486/);
    expect(reason(caller.told.headers)).toContain('cause=17;text="USER_BUSY"');
  });

  test("cancels, and is canceled", async () => {
    const callee = await registered("1002");
    const caller = await station();
    dial(caller, "1001", "1002");
    await hears(callee, /^invite/);
    callee.told.ringing.ring();
    await hears(caller, /^180/);
    caller.told.invite?.cancel();
    await hears(callee, /^canceled/);
    await hears(caller, /^rejected 487/);
    await carries(callee, "<ACK");
  });

  test("cancels at once, before anybody rang", async () => {
    const callee = await registered("1002");
    const caller = await station();
    dial(caller, "1001", "1002");
    caller.told.invite?.cancel();
    await hears(caller, /^rejected/);
    expect(caller.counts.dialogs).toBe(0);
    expect(callee.told.dialog).toBeUndefined();
  });

  test("holds and resumes by re-INVITE, and answers the switch's", async () => {
    const { caller, callee } = await connected();
    expect(await caller.told.call.reinvite(description("sendonly", 2))).toContain("a=recvonly");
    expect(await caller.told.call.reinvite(description("sendrecv", 3))).not.toContain("a=recvonly");
    await command((uuid) => `uuid_media_reneg ${uuid}`, "outbound");
    await hears(callee, /^reinvite with sdp/);
    expect(await callee.told.offer?.accept(description("sendrecv", 2))).toBeNull();
    await callee.told.call.bye();
    await hears(caller, /^bye/);
  });

  test("sends its early media reliably, and acknowledges the switch's (100rel)", async () => {
    const callee = await registered("1002");
    const caller = await station();
    dial(caller, "1001", "1002");
    await hears(callee, /^invite/);
    callee.told.ringing.ring({ status: 183, sdp: description() });
    await carries(callee, "<PRACK");
    await carries(callee, ">200 PRACK");
    await hears(caller, /^183 with sdp/);
    await carries(caller, ">PRACK");
    await carries(caller, "<200 PRACK");
    callee.told.take(callee.told.ringing.accept(description()));
    await hears(caller, /^accepted/);
    expect(caller.names.filter((name) => name === "<183 INVITE")).toHaveLength(1);
  });

  test("sends INFO and is sent INFO", async () => {
    const { caller, callee } = await connected();
    expect(await caller.told.call.info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n")).toBe(200);
    await command((uuid) => `uuid_setvar ${uuid} fs_send_unsupported_info true`, "outbound");
    await command((uuid) => `uuid_send_info ${uuid} text plain hello`, "outbound");
    await hears(callee, /^info text\/plain hello/);
  });

  test("is sent digits by INFO when it has no telephone-events", async () => {
    const { callee } = await connected(description("sendrecv", 1, false));
    await command((uuid) => `uuid_send_dtmf ${uuid} 7#`, "outbound");
    await hears(callee, /^digit 7 \d+$/);
    await hears(callee, /^digit # \d+$/);
  });

  test.each([
    ["accepts", async (one: Station) => one.told.offer?.accept(description("sendrecv", 2)), ">200 UPDATE"],
    ["refuses", async (one: Station) => one.told.offer?.reject(488), ">488 UPDATE"],
  ])("is sent UPDATE, and %s, and the call goes on", async (_, act, name) => {
    const { callee } = await connected();
    await command((uuid) => `uuid_setvar ${uuid} update_ignore_ua true`, "outbound");
    await command((uuid) => `uuid_display ${uuid} Somebody|4711`, "outbound");
    await hears(callee, /^reinvite with sdp/);
    await act(callee);
    await carries(callee, name);
    expect(await callee.told.call.info("application/dtmf-relay", "Signal=5\r\n")).toBe(200);
    expect(callee.told.call.open).toBe(true);
  });

  test("agrees on who refreshes the session", async () => {
    const { caller, callee } = await connected();
    const asked = callee.message("<INVITE").headers.get("Session-Expires") ?? "";
    expect(asked).toMatch(/^1800/);
    const answered = callee.message(">200 INVITE").headers;
    expect(answered.get("Session-Expires")).toMatch(/^1800;refresher=ua[cs]$/);
    expect(answered.get("Require")).toBe("timer");
    expect(caller.message("<200 INVITE").headers.get("Session-Expires")).toMatch(/^1800;refresher=ua[cs]$/);
  });

  test("transfers to a call of its own by REFER with Replaces", async () => {
    const { caller, callee } = await connected();
    const third = await registered("1003");
    const first = caller.told.call;
    dial(caller, "1001", "1003");
    await hears(third, /^invite/);
    third.told.take(third.told.ringing.accept(description()));
    await until("the second call is answered", () => caller.told.call !== first);
    const told: string[] = [];
    const status = await first.refer(
      `sip:1003@${system().domain}`,
      { replaces: caller.told.call },
      { notified: ({ status: code, final }) => told.push(`${code}${final ? " final" : ""}`) },
    );
    expect(status).toBe(202);
    // The switch ends both calls of the one that transferred.
    await until("both calls are over", () => caller.counts.dialogs === 0);
    expect(callee.told.call.open).toBe(true);
    expect(third.told.call.open).toBe(true);
    expect(told.at(-1)).toBe("200 final");
  });

  test("transfers by REFER and is told by NOTIFY", async () => {
    const { caller, callee } = await connected();
    const told: string[] = [];
    const status = await callee.told.call.refer(
      `sip:9196@${system().domain}`,
      {},
      {
        notified: ({ status: code, final }) => told.push(`${code}${final ? " final" : ""}`),
      },
    );
    expect(status).toBe(202);
    await until(`the transfer's end is told, not ${told.join()}`, () =>
      told.some((one) => one.endsWith("final")),
    );
    expect(told.at(-1)).toBe("200 final");
    expect(caller.told.call.open).toBe(true);
  });

  test.each([
    ["and accepts", (one: Station) => one.told.refer?.accept().notify(200), ">202 REFER"],
    ["and refuses", (one: Station) => one.told.refer?.reject(603), ">603 REFER"],
  ])("is transferred by REFER, %s", async (_, act, name) => {
    const { callee } = await connected();
    // It waits for NOTIFY as long as our harness waits for it; then the switch hangs up.
    command((uuid) => `uuid_deflect ${uuid} sip:9197@${system().domain}`, "outbound").catch(() => undefined);
    await hears(callee, /^refer sip:9197@/);
    act(callee);
    await carries(callee, name);
    await hears(callee, /^bye/);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { Credentials, Dialog } from "../../src/protocol/sip/index.ts";
import { description, Station } from "../fakes/sip-station.ts";
import {
  answers,
  asks,
  gets,
  hears,
  lingers,
  ownTag,
  script,
  waits,
} from "../integration/protocol/sip/agent/sipp-script.ts";
import { Sipp } from "./harness/sipp.ts";
import { systemOfFile, TelephoneSystem } from "./harness/system.ts";
import { until } from "./harness/until.ts";

const calls = 600;
/** Begun per second. */
const rate = 100;

const wentWell = { code: 0, successful: calls, failed: 0, errors: "" };

/** Begins the calls one after the other; resolves to all their dialogs, rejects when one is refused. */
async function callAll(
  station: Station,
  port: number,
  target: string,
  from: string,
  credentials?: Credentials,
): Promise<Dialog[]> {
  const dialogs: Promise<Dialog>[] = [];
  for (let call = 0; call < calls; call += 1) {
    const answered = Promise.withResolvers<Dialog>();
    answered.promise.catch(() => undefined);
    dialogs.push(answered.promise);
    station.agent.invite(
      {
        target,
        to: { protocol: "UDP", host: "127.0.0.1", port },
        from: { uri: from },
        sdp: description(),
        ...(credentials ? { credentials } : {}),
      },
      {
        provisional: () => undefined,
        accepted: ({ dialog }) => answered.resolve(dialog),
        rejected: ({ status }) => answered.reject(new Error(`call ${call} was answered ${status}`)),
      },
    );
    await sleep(1000 / rate);
  }
  return Promise.all(dialogs);
}

describe(`${calls} dialogs at once`, () => {
  const closing: (() => Promise<unknown>)[] = [];
  // Two RTP ports a call, above those that the kernel and the harness hand out: the switch refuses a call with 488
  // when somebody else has its port.
  const system = systemOfFile(async () =>
    TelephoneSystem.start({ environment: { PATCHCORD_SWITCH_RTP_PORTS: "61000-62999" } }),
  );

  afterEach(async () => {
    await Promise.all(closing.splice(0).map(async (close) => close()));
  });

  const folder = (): string => {
    const home = mkdtempSync(join(tmpdir(), "patchcord-many-"));
    closing.push(async () => rmSync(home, { recursive: true, force: true }));
    return home;
  };

  test("that sipp makes", async () => {
    const home = folder();
    let most = 0;
    const station: Station = await Station.open({
      handlers: {
        invite: (call) => {
          call.accept(description());
          most = Math.max(most, station.counts.dialogs);
        },
      },
    });
    const sipp = await Sipp.start(home, {
      scenario: script(home, [
        asks("INVITE", 1, { body: "sdp" }),
        hears(100, { optional: true }),
        hears(200),
        asks("ACK", 1, { inside: true }),
        waits(10_000),
        asks("BYE", 2, { inside: true }),
        hears(200),
      ]),
      remotePort: station.port,
      calls,
      rate,
      limit: calls,
      seconds: 60,
    });
    closing.push(
      async () => sipp.stop(),
      async () => station.close(),
    );
    expect(await sipp.finished()).toEqual(wentWell);
    expect(most).toBe(calls);
    expect(station.counts.dialogs).toBe(0);
  });

  test("that we make with sipp", async () => {
    const home = folder();
    const station = await Station.open();
    const sipp = await Sipp.start(home, {
      scenario: script(home, [
        gets("INVITE"),
        answers("200 OK", { tag: ownTag, body: "sdp", repeats: true }),
        gets("ACK"),
        gets("BYE"),
        answers("200 OK"),
        lingers(2000),
      ]),
      remotePort: station.port,
      calls,
      seconds: 60,
    });
    closing.push(
      async () => sipp.stop(),
      async () => station.close(),
    );
    await sipp.listening();
    const dialogs = await callAll(station, sipp.port, `sip:sipp@127.0.0.1:${sipp.port}`, "sip:us@127.0.0.1");
    expect(station.counts.dialogs).toBe(calls);
    await Promise.all(dialogs.map(async (dialog) => dialog.bye()));
    expect(await sipp.finished()).toEqual(wentWell);
    expect(station.counts.dialogs).toBe(0);
  });

  test("that we make with a real switch", async () => {
    const { sipPort, domain, freeSwitch } = system();
    const station = await Station.open();
    closing.push(async () => station.close());
    const credentials = { username: "1001", password: system().passwordOf("1001") };
    const dialogs = await callAll(station, sipPort, `sip:9196@${domain}`, `sip:1001@${domain}`, credentials);
    expect(station.counts.dialogs).toBe(calls);
    await until("the switch counts them all", async () =>
      (await freeSwitch.api("show channels count")).includes(`${calls} total`),
    );
    await Promise.all(dialogs.map(async (dialog) => dialog.bye()));
    expect(station.names.filter((name) => name === "<200 BYE").length).toBeGreaterThanOrEqual(calls);
    expect(station.counts.dialogs).toBe(0);
    await until("the switch has none left", async () => (await freeSwitch.channels()).length === 0);
  });
});

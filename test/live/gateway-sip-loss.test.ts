import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { IncomingInvite } from "../../src/protocol/sip/index.ts";
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

const calls = 600;
const rate = 60;
const loss = 0.05;
const seconds = 110;

/** sipp's percentage, and ours of what we send and of what reaches us. */
interface Losing {
  readonly sipp?: number;
  readonly ours?: number;
}

const ofInvite = (step: string): string => step.replace("<recv", '<recv response_txn="invite"');

const cases: readonly (readonly [string, Losing])[] = [
  ["sipp loses 5 %", { sipp: 100 * loss }],
  ["we lose 5 %", { ours: loss }],
  ["both lose 5 %", { sipp: 100 * loss, ours: loss }],
];

function counter(): { count(outcome: string): void; all(): Record<string, number> } {
  const counts = new Map<string, number>();
  return {
    count: (outcome) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1),
    all: () => Object.fromEntries(counts),
  };
}

describe(`${calls} calls between sipp and our user agent over UDP, while`, () => {
  let home: string;
  let station: Station | undefined;
  let sipp: Sipp | undefined;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "patchcord-loss-"));
  });
  afterEach(async () => {
    await Promise.all([sipp?.stop(), station?.close()]);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const lossy = async (losing: Losing, invite: (call: IncomingInvite) => void): Promise<Station> => {
    const lost = (): boolean => Math.random() < (losing.ours ?? 0);
    station = await Station.open({ handlers: { invite } }, { sent: lost, received: lost });
    return station;
  };

  test.each(cases)("%s and calls", async (_, losing) => {
    const outcomes = counter();
    const one = await lossy(losing, (call) => {
      call.ring();
      call.accept(description()).handle({
        bye: () => outcomes.count("ended"),
        lost: () => outcomes.count("lost"),
      });
    });
    sipp = await Sipp.start(home, {
      scenario: script(home, [
        // By transaction: a repeated 200 of the INVITE is none of the BYE.
        asks("INVITE", 1, { body: "sdp" }).replace("<send", '<send start_txn="invite"'),
        ofInvite(hears(100, { optional: true })),
        ofInvite(hears(180, { optional: true })),
        ofInvite(hears(200)),
        asks("ACK", 1, { inside: true }).replace("<send", '<send ack_txn="invite"'),
        waits(1000),
        asks("BYE", 2, { inside: true }).replace("<send", '<send start_txn="bye"'),
        hears(200).replace("<recv", '<recv response_txn="bye"'),
        lingers(4000),
      ]),
      remotePort: one.port,
      calls,
      rate,
      seconds,
      ...(losing.sipp === undefined ? {} : { lost: losing.sipp }),
    });
    expect(await sipp.finished()).toEqual({ code: 0, successful: calls, failed: 0, errors: "" });
    expect(outcomes.all()).toEqual({ ended: calls });
    // Something was lost, and said again.
    expect(one.names.filter((name) => name === ">200 INVITE").length).toBeGreaterThan(calls);
    expect(one.counts.dialogs).toBe(0);
  });

  test.each(cases)("%s and is called", async (_, losing) => {
    const one = await lossy(losing, (call) => call.reject(486));
    sipp = await Sipp.start(home, {
      scenario: script(home, [
        // No 180: sipp knows a request again only until it has sent two messages after it.
        gets("INVITE"),
        answers("200 OK", { tag: ownTag, body: "sdp", repeats: true }),
        // The BYE may come first: the ACK was lost, and its 200 has not been repeated yet.
        gets("ACK", { optional: true }),
        gets("BYE"),
        answers("200 OK"),
        lingers(10_000),
      ]),
      remotePort: one.port,
      calls,
      seconds,
      ...(losing.sipp === undefined ? {} : { lost: losing.sipp }),
    });
    const to = sipp;
    await to.listening();
    const outcomes = counter();
    const finished: Promise<void>[] = [];
    for (let call = 0; call < calls; call += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / rate));
      const over = Promise.withResolvers<void>();
      finished.push(over.promise);
      one.agent.invite(
        {
          target: `sip:sipp@127.0.0.1:${to.port}`,
          to: { protocol: "UDP", host: "127.0.0.1", port: to.port },
          from: { uri: "sip:us@127.0.0.1" },
          sdp: description(),
        },
        {
          provisional: () => undefined,
          accepted: ({ dialog }) => {
            outcomes.count("accepted");
            setTimeout(() => void dialog.bye().then(over.resolve), 1000);
          },
          rejected: ({ status }) => {
            outcomes.count(`rejected ${status}`);
            over.resolve();
          },
        },
      );
    }
    await Promise.all(finished);
    expect(outcomes.all()).toEqual({ accepted: calls });
    expect(one.names.filter((name) => /^>(INVITE|BYE)$/.test(name)).length).toBeGreaterThan(2 * calls);
    expect(await to.finished()).toEqual({ code: 0, successful: calls, failed: 0, errors: "" });
    expect(one.counts.dialogs).toBe(0);
  });
});

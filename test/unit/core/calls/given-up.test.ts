import { beforeEach, describe, expect, test } from "vitest";
import { type DomainEvent, silentLogger, systemIds } from "../../../../src/base/index.ts";
import { Calls, CallService } from "../../../../src/core/calls/index.ts";
import { ManualClock } from "../../../fakes/manual-clock.ts";
import { resolveNumber, ScriptedControl } from "./scripted-control.ts";
import { hangup, node, switchProcess } from "./synthetic.ts";

let control: ScriptedControl;
let published: DomainEvent[];
let calls: Calls;
let service: CallService;
let event: ReturnType<typeof switchProcess>;

beforeEach(() => {
  control = new ScriptedControl();
  published = [];
  const publish = (told: DomainEvent): void => void published.push(told);
  calls = new Calls({ publish });
  service = new CallService({
    calls,
    control,
    pickNode: () => node,
    publish,
    ids: systemIds,
    clock: new ManualClock(),
    log: silentLogger,
    resolve: resolveNumber,
  });
  event = switchProcess();
});

/** Lets everything that is ready run. */
const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const up = { callState: "ACTIVE", answeredAt: 900 } as const;

describe("a call hung up before all its legs were seen", () => {
  test("ends at once, and the switch is no longer waited for", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    const { operation } = await service.perform(id, { verb: "hangup" });
    await settled();
    expect(calls.get(id)).toMatchObject({ state: "ended", cause: "ORIGINATOR_CANCEL" });
    expect(published.at(-1)).toMatchObject({ type: "call.ended", data: { operation } });
    expect(control.originated[0]?.signal.aborted).toBe(true);
  });

  test.each([
    ["is made", "CHANNEL_CREATE", { callState: "DOWN" }],
    ["rings", "CHANNEL_PROGRESS", { callState: "RINGING" }],
    ["answers without ringing", "CHANNEL_ANSWER", up],
  ] as const)("hangs up, once, a leg that %s all the same", async (_, name, state) => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    await service.perform(id, { verb: "hangup" });
    await settled();
    const channel = { ...state, direction: "outbound", requestedCall: id } as const;
    for (const uuid of ["a", "b"]) calls.apply(event(name, uuid, { channel }));
    calls.apply(event("CHANNEL_PROGRESS", "a", { channel }));
    await settled();
    expect(control.commanded.map(({ command }) => command)).toEqual([
      { verb: "hangup", uuid: "a", cause: "ORIGINATOR_CANCEL" },
      { verb: "hangup", uuid: "b", cause: "ORIGINATOR_CANCEL" },
    ]);
  });

  test("hangs up a leg that says only later whose it is, and none that has ended", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    await service.perform(id, { verb: "hangup" });
    await settled();
    const channel = { direction: "outbound", requestedCall: id } as const;
    calls.apply(event("CHANNEL_CALLSTATE", "a", { channel: { direction: "outbound" } }));
    expect(control.commanded).toEqual([]);
    calls.apply(event("CHANNEL_ANSWER", "a", { channel }));
    calls.apply(
      event("CHANNEL_HANGUP_COMPLETE", "b", { ...hangup, channel: { ...hangup.channel, ...channel } }),
    );
    expect(control.commanded.map(({ command }) => command)).toEqual([
      { verb: "hangup", uuid: "a", cause: "ORIGINATOR_CANCEL" },
    ]);
  });

  test("lets no second phone of the first side ring on", async () => {
    const { id } = await service.dial({ from: "1001", to: "1002" });
    const channel = { direction: "outbound", requestedCall: id } as const;
    calls.apply(event("CHANNEL_CREATE", "a", { channel }));
    await service.perform(id, { verb: "hangup" });
    calls.apply(event("CHANNEL_CREATE", "b", { channel }));
    expect(control.commanded.map(({ command }) => command)).toMatchObject([
      { verb: "hangup", uuid: "a", cause: "NORMAL_CLEARING" },
      { verb: "hangup", uuid: "b", cause: "ORIGINATOR_CANCEL" },
    ]);
  });
});
